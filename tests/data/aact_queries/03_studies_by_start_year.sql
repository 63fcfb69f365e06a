SELECT EXTRACT(YEAR FROM start_date)::int AS start_year, COUNT(DISTINCT nct_id) AS studies
FROM ctgov.studies
GROUP BY start_year
ORDER BY start_year DESC;
