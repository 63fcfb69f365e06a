SELECT o.title, g.title AS arm, m.category, m.param_value_num::int AS n, c.count,
       round(m.param_value_num / c.count * 100, 1) AS percent,
       rank() OVER (PARTITION BY o.id ORDER BY m.param_value_num DESC)
FROM ctgov.outcomes o
JOIN ctgov.outcome_measurements m ON m.outcome_id = o.id
JOIN ctgov.outcome_counts c ON c.outcome_id = o.id AND c.result_group_id = m.result_group_id AND c.units = 'Participants'
JOIN ctgov.result_groups g ON g.id = m.result_group_id
WHERE o.outcome_type = 'PRIMARY' AND m.param_type LIKE 'COUNT\_%'
ORDER BY rank, m.id;
