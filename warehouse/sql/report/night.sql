-- Returns the origin of the data: the newest published run that has a time of its data. Reads: ops.runs.
-- Without a row, no run has brought data yet, or an older version published the file.
select
  registry,
  condition_set,
  condition_set_digest,
  data_timestamp,
  cast(left(data_timestamp, 10) as date) as day
from ops.runs
where outcome = 'published' and data_timestamp is not null
order by run_id desc
limit 1
