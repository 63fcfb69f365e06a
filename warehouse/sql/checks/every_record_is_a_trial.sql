-- severity: error
-- Every trial of the archive is in main.trials or quarantined, so that nothing is lost in silence.
(select nct_id from raw.studies where nct_id not in (select nct_id from ops.quarantine where nct_id is not null) except all select nct_id from main.trials)
union all
(select nct_id from main.trials except all select nct_id from raw.studies)
