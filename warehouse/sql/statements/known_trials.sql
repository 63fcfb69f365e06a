-- Return the trials in the store, as the plan of a run needs them.
-- Reads: main.trials. Writes: nothing.
select
  nct_id,
  strftime(last_update_post_date, '%Y-%m-%d') as last_update_post_date,
  overall_status,
  last_checked_at,
  in_condition_set
from main.trials
order by nct_id
