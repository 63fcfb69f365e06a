-- severity: warn
-- Compares with the newest update of any trial, because the clock of this machine may be wrong.
with latest as (select max(last_update_post_date) as day from main.trials)
select nct_id, start_date_raw, primary_completion_date_raw, completion_date_raw
from main.trials, latest
where (start_date_type = 'ACTUAL' and start_date > day)
  or (primary_completion_date_type = 'ACTUAL' and primary_completion_date > day)
  or (completion_date_type = 'ACTUAL' and completion_date > day)
