SELECT g.title, sum(CASE WHEN m.category = 'Female' THEN m.param_value_num ELSE 0 END) AS women,
       sum(m.param_value::float) AS everyone,
       round((100 * sum(m.param_value::numeric) FILTER (WHERE m.category = 'Female') / sum(m.param_value::numeric)), 1) AS percent
FROM ctgov.baseline_measurements m
JOIN ctgov.result_groups g ON g.id = m.result_group_id AND g.result_type = 'Baseline'
WHERE m.title ILIKE 'sex%'
GROUP BY g.id, g.title
ORDER BY g.id;
