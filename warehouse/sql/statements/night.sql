-- Return which run published this file, and which data it read: one row.
-- Reads: ops.runs. Writes: nothing.
-- A run that rebuilds or backfills may publish without a time of its data, so the data is that of the newest run with one.
select
  max(run_id) as run_id,
  arg_max(registry, run_id) filter (where data_timestamp is not null) as registry,
  arg_max(data_timestamp, run_id) filter (where data_timestamp is not null) as data_timestamp
from ops.runs
where outcome = 'published'
