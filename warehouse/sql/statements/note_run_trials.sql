-- Record what the run did with each trial.
-- Reads: found_outcomes, $run_id. Writes: ops.run_trials.
insert into ops.run_trials
select distinct getvariable('run_id'), nct_id, outcome from found_outcomes where nct_id is not null;
