-- severity: warn
select nct_id, overall_status, last_known_status
from main.trials
where (overall_status = 'UNKNOWN') <> (last_known_status is not null)
