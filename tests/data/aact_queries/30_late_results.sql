SELECT nct_id, results_first_posted_date - primary_completion_date AS days_late,
       CASE WHEN results_first_posted_date IS NULL THEN 'none'
            WHEN results_first_posted_date > primary_completion_date + INTERVAL '1 year' THEN 'late' ELSE 'in time' END AS verdict
FROM ctgov.studies
WHERE study_type IN ('INTERVENTIONAL', 'OBSERVATIONAL')
  AND (last_update_posted_date BETWEEN '2019-01-01' AND '2021-12-31' OR last_update_posted_date IS NULL)
ORDER BY days_late DESC NULLS LAST;
