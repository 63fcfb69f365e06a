-- What the summary pages of some trials ($1) show, and which registry their records came from, and when.
select
  summary.*,
  received.registry,
  received.data_timestamp
from main.trial_summary as summary
left join (
  select looked.nct_id, arg_max(run.registry, run_id) as registry, arg_max(run.data_timestamp, run_id) as data_timestamp
  from ops.run_trials as looked
  join ops.runs as run using (run_id)
  where looked.outcome in ('inserted', 'updated', 'unchanged')
  group by looked.nct_id
) as received using (nct_id)
where nct_id in (select unnest($1::varchar[]))
