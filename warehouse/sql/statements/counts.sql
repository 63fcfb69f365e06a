-- Return the counts of the load of this connection, in one row.
-- Reads: found_outcomes, current_drift, changed_members, $run_id, ops.problems, ops.quarantine. Writes: nothing.
select
  count(*) filter (outcome in ('inserted', 'updated', 'unchanged', 'quarantined')) as fetched,
  count(*) filter (outcome = 'inserted') as inserted,
  count(*) filter (outcome = 'updated') as updated,
  count(*) filter (outcome = 'unchanged') as unchanged,
  count(*) filter (outcome in ('left', 'withheld', 'gone', 'excluded')) as "left",
  count(*) filter (outcome = 'merged') as merged,
  count(*) filter (outcome = 'quarantined') as quarantined,
  (
    select count(*) from ops.problems
    where nct_id in (select nct_id from found_outcomes where outcome in ('inserted', 'updated'))
  ) as problems,
  (select count(*) from current_drift where seen) as drift,
  -- A record or value keeps the run that first set it aside, so those of this run are new.
  (select count(*) from ops.problems where run_id = getvariable('run_id'))
  + (select count(*) from ops.quarantine where run_id = getvariable('run_id')) as newly_set_aside,
  (select count(*) from changed_members) as changed_members
from found_outcomes
