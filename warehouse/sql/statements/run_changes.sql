-- Return the trials for which a run found something new, at most $2 of them.
-- Reads: $1 (the run), $2, ops.run_trials, main.trials. Writes: nothing.
select run.nct_id, run.outcome, trial.status_label as status, trial.phase_label as phase, trial.brief_title as title
from ops.run_trials as run
left join main.trials as trial using (nct_id)
where run.run_id = $1 and run.outcome <> 'unchanged'
order by run.outcome, run.nct_id
limit $2
