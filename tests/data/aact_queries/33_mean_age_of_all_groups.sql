SELECT m.nct_id, m.units,
       round(sum(m.param_value_num * c.count) / sum(c.count), 1) AS weighted_mean,
       sum(c.count) AS participants,
       string_agg(m.param_value || ' (' || coalesce(m.dispersion_value, '-') || ')', '; ' ORDER BY m.ctgov_group_code)
FROM ctgov.baseline_measurements m
JOIN ctgov.baseline_counts c ON c.result_group_id = m.result_group_id AND c.units = 'Participants'
WHERE m.title = 'Age' AND m.param_value ~ '^\d+\.?\d*$'
GROUP BY m.nct_id, m.units
ORDER BY m.nct_id;
