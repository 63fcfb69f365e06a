-- Returns the highest number of a run that the store knows, or 0.
-- Reads: ops.runs, ops.run_trials, archive.study_versions, archive.memberships.
select coalesce(max(run_id), 0)
from (
  select max(run_id) as run_id from ops.runs
  union all select max(run_id) from ops.run_trials
  union all select max(run_id) from archive.study_versions
  union all select max(run_id) from archive.memberships
);
