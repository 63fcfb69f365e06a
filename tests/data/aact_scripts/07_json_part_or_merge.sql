SELECT (doc -> 'a') || '{"y": 2}' AS part, (doc ->> 'b') || '!' AS text
FROM (SELECT '{"a": {"x": 1}, "b": "hello"}'::jsonb AS doc) t;
