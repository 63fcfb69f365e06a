-- The night whose data the warehouse holds: that of the newest run that brought some.
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
