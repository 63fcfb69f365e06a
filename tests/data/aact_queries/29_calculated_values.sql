-- avg() rounds halves up as an integer, percentile_cont() to the even one.
SELECT avg(number_of_facilities) AS mean, avg(number_of_facilities)::int AS rounded,
       percentile_cont(0.5) WITHIN GROUP (ORDER BY number_of_facilities) AS median,
       round(percentile_cont(0.5) WITHIN GROUP (ORDER BY number_of_facilities)) AS rounded_median,
       round(stddev(number_of_facilities), 3) AS sd,
       bool_or(has_us_facility) AS any_us,
       min(registered_in_calendar_year) FILTER (WHERE were_results_reported), max(actual_duration)::numeric(5,1) AS longest
FROM ctgov.calculated_values
WHERE number_of_facilities <> 1;
