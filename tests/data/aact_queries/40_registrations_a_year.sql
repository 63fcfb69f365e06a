SET search_path = ctgov;
SELECT year, count(s.nct_id), sum(count(s.nct_id)) OVER (ORDER BY year) AS so_far,
       sum(count(s.nct_id)) OVER (ORDER BY year) / (SELECT count(*) FROM studies) AS share
FROM generate_series(2015, 2022) AS year
LEFT JOIN studies s ON extract(year FROM s.study_first_submitted_date) = year
GROUP BY year
ORDER BY year;
