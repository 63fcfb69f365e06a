-- Distinct values come sorted, also where no order is asked for.
SELECT c.nct_id,
       string_agg(DISTINCT c.name, ', ') AS ever,
       string_agg(DISTINCT c.name, ', ') FILTER (WHERE c.removed) AS removed,
       array_agg(DISTINCT f.country) AS of_sites
FROM ctgov.countries c
LEFT JOIN ctgov.facilities f ON f.nct_id = c.nct_id
GROUP BY c.nct_id
ORDER BY c.nct_id;
