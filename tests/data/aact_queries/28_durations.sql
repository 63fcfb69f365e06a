SELECT nct_id,
       completion_date - start_date AS days,
       (completion_date - start_date) / 30 AS months,
       round((completion_date - start_date) / 365.25, 2) AS years,
       extract(year FROM age(completion_date, start_date)) * 12 + extract(month FROM age(completion_date, start_date)) AS whole_months,
       avg(completion_date - start_date) OVER () AS mean
FROM ctgov.studies
WHERE completion_date > start_date + INTERVAL '1 year'
ORDER BY nct_id;
