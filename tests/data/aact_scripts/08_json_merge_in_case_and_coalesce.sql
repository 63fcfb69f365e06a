SELECT coalesce(NULL::jsonb, '{"a": 1}') || '{"b": 1}' AS one, (CASE WHEN true THEN '{"a": 1}'::jsonb END) || '{"b": 2}' AS two,
       (SELECT jsonb_agg(id) FROM (VALUES (1), (2)) t(id)) || '[3]' AS three;
