-- severity: error
-- main.trials and ctgov.studies have the same trials.
(select nct_id from main.trials except all select nct_id from ctgov.studies)
union all
(select nct_id from ctgov.studies except all select nct_id from main.trials)
