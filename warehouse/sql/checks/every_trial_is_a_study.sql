-- severity: error
-- main.trials and ctgov.studies hold the same trials.
(select nct_id from main.trials except all select nct_id from ctgov.studies)
union all
(select nct_id from ctgov.studies except all select nct_id from main.trials)
