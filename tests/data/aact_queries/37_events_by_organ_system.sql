SELECT e.organ_system, e.adverse_event_term, g.title AS arm,
       e.subjects_affected::float / e.subjects_at_risk AS risk,
       round(100.0 * e.subjects_affected / e.subjects_at_risk, 1) AS percent,
       dense_rank() OVER (ORDER BY e.event_count DESC) AS by_count
FROM ctgov.reported_events e
JOIN ctgov.result_groups g ON g.id = e.result_group_id
WHERE e.event_type = 'serious' AND e.organ_system NOT ILIKE ALL (ARRAY['%skin%', '%respiratory%'])
ORDER BY risk DESC;
