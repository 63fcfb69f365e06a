WITH a AS (SELECT nct_id, phase FROM studies)
SELECT phase, count(*) AS n, rank() OVER w FROM a WHERE nct_id IS DISTINCT FROM 'x' GROUP BY phase HAVING count(*) > 0
WINDOW w AS (ORDER BY count(*) DESC) ORDER BY n DESC OFFSET 0 LIMIT 5;
