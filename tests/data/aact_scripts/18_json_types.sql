SELECT jsonb_typeof(doc) AS kind, count(*)
FROM (VALUES ('{}'::jsonb), ('[1]'), ('"x"'), ('1'), ('1.5'), ('-2'), ('true'), ('null')) t(doc) GROUP BY 1 ORDER BY 1;
