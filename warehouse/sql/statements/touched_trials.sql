-- Find the trials that runs after one looked at, or whose place in a condition set they changed.
-- Reads: $run_id, ops.run_trials, archive.memberships. Writes: touched_trials.
create or replace temp table touched_trials as
select nct_id
from (
  select nct_id, run_id from ops.run_trials
  union all
  select nct_id, run_id from archive.memberships
)
where run_id > getvariable('run_id')
group by nct_id
order by nct_id
