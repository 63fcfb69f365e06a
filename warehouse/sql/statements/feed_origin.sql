-- Return when the warehouse began, the time of its newest good run, and the data release of its newest good sync.
-- Reads: ops.runs. Writes: nothing.
select
  arg_min(started_at, run_id) as first_run_at,
  max(started_at) filter (outcome in ('published', 'unchanged')) as newest_run_at,
  arg_max(data_timestamp, run_id) filter (outcome in ('published', 'unchanged') and command = 'sync') as data_timestamp
from ops.runs
