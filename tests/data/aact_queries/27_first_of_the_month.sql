-- to_date takes the first of what the text leaves out; AACT's own date columns take the last.
SELECT nct_id, to_date(start_month_year, 'YYYY-MM-DD') AS first_day, start_date AS last_day,
       to_char(start_date, 'FMMonth YYYY') AS month, date_trunc('quarter', start_date)::date AS quarter,
       extract(quarter FROM primary_completion_date) / 2 AS half
FROM ctgov.studies
WHERE start_month_year IS NOT NULL
ORDER BY start_date;
