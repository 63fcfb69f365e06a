-- Return what the summary pages of these trials show, with the registry that their records came from, and its data's time.
-- Reads: $1 (NCT numbers), main.trial_summary, ops.run_trials, ops.runs. Writes: nothing.
select
  summary.*,
  received.registry,
  received.data_timestamp
from main.trial_summary as summary
left join (
  select
    run_trial.nct_id,
    arg_max(run.registry, run_id) as registry,
    arg_max(run.data_timestamp, run_id) as data_timestamp
  from ops.run_trials as run_trial
  join ops.runs as run using (run_id)
  where run_trial.outcome in ('inserted', 'updated', 'unchanged')
  group by run_trial.nct_id
) as received using (nct_id)
where nct_id in (select unnest($1::varchar[]))
  -- DuckDB takes bounds through the joins and groups of the view, and a list only to its end. So one trial is read alone.
  and nct_id between list_min($1::varchar[]) and list_max($1::varchar[])
