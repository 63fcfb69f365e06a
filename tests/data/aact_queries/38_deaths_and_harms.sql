SELECT nct_id,
       SUM(CASE event_type WHEN 'deaths' THEN subjects_affected END) AS deaths,
       SUM(subjects_affected) FILTER (WHERE event_type = 'serious') AS serious,
       round(SUM(subjects_affected) FILTER (WHERE event_type = 'other') * 1.0 / SUM(subjects_at_risk) FILTER (WHERE event_type = 'other'), 3) AS other_risk,
       every(subjects_affected IS NOT NULL) FILTER (WHERE event_type <> 'deaths')
FROM ctgov.reported_event_totals
GROUP BY nct_id
ORDER BY nct_id DESC;
