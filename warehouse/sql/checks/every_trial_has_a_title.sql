-- severity: warn
select nct_id from main.trials where brief_title is null and overall_status is distinct from 'WITHHELD'
