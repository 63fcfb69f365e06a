WITH flow AS (
    SELECT m.nct_id, m.period, m.ctgov_group_code,
           SUM(m.count) FILTER (WHERE m.title = 'STARTED') AS started,
           SUM(m.count) FILTER (WHERE m.title = 'COMPLETED') AS completed
    FROM ctgov.milestones m
    GROUP BY m.nct_id, m.period, m.ctgov_group_code
)
SELECT f.period, g.title, f.started, f.completed,
       round(100 * f.completed::numeric / f.started, 1) AS percent,
       f.completed * 100 / f.started AS whole_percent,
       p.units_analyzed
FROM flow f
JOIN ctgov.participant_flows p ON p.nct_id = f.nct_id
JOIN ctgov.result_groups g ON g.nct_id = f.nct_id AND g.ctgov_group_code = f.ctgov_group_code
WHERE f.completed IS NOT NULL
ORDER BY f.nct_id, f.period, f.ctgov_group_code;
