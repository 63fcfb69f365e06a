-- Find what the warehouse itself keeps for each trial.
-- Reads: raw.studies, main.trials, archive.memberships, ops.run_sets. Writes: trial_state.
create or replace temp table trial_state as
select
  study.nct_id,
  study.version,
  study.first_seen_at,
  study.last_changed_at,
  study.last_checked_at,
  member.condition_sets is not null as in_condition_set,
  coalesce(member.condition_sets, []) as condition_sets,
  -- A record that was not checked since then may have results by now.
  trial.results_due_date < study.last_checked_at::date as results_due,
  trial.results_due_date < study.last_checked_at::date and trial.results_first_post_date is null as results_overdue
from raw.studies as study
left join main.trials as trial using (nct_id)
left join (
  select nct_id, list(condition_set order by position) as condition_sets
  from (
    select condition_set, nct_id, arg_max(in_condition_set, run_id) as is_member
    from archive.memberships
    group by condition_set, nct_id
  )
  join ops.run_sets using (condition_set)
  where is_member and ops.run_sets.run_id = (select max(run_id) from ops.run_sets)
  group by nct_id
) as member using (nct_id);
