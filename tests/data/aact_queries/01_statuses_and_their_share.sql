-- The implicit name of count(*), and a share that divides by a sum of counts.
SELECT overall_status,
       COUNT(*),
       COUNT(*) / SUM(COUNT(*)) OVER () AS share,
       ROUND(100.0 * COUNT(*) / SUM(COUNT(*)) OVER (), 1) AS percent
FROM ctgov.studies
GROUP BY overall_status
ORDER BY overall_status;
