-- The groups that an analysis compares; p-values are double precision.
SELECT a.id % 100 AS number, a.method, a.param_type, a.param_value::text, a.p_value_modifier, a.p_value, round(a.p_value / 0.02) AS steps,
       a.ci_lower_limit IS NOT NULL AS has_interval,
       string_agg(coalesce(g.title, '?'), ' vs ' ORDER BY x.id) AS groups
FROM ctgov.outcome_analyses a
JOIN ctgov.outcome_analysis_groups x ON x.outcome_analysis_id = a.id
LEFT JOIN ctgov.result_groups g ON g.id = x.result_group_id
WHERE a.p_value <= 0.05 OR a.p_value_modifier IN ('>', 'NA')
GROUP BY a.id, a.method, a.param_type, a.param_value, a.p_value_modifier, a.p_value, a.ci_lower_limit, a.ci_upper_limit
ORDER BY a.p_value, a.id;
