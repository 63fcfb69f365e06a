-- severity: error
-- raw.studies and main.trials have the same trials, so nothing that was received is silently missing.
(select nct_id from raw.studies except all select nct_id from main.trials)
union all
(select nct_id from main.trials except all select nct_id from raw.studies)
