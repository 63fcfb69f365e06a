-- severity: warn
select nct_id from main.trials where overall_status is null
