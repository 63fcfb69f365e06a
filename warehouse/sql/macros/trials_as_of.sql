-- The trials as the warehouse had them at the end of a day in UTC, with the columns of main.trials.
create or replace macro main.trials_as_of(day) as table
with until as (select cast(cast(day as date) as timestamp) + interval 1 day as moment),
known as (
  select history.*
  from main.trial_history as history, until
  where valid_from < moment and coalesce(valid_to >= moment, true)
),
first_seen as (select nct_id, min(valid_from) as first_seen_at from main.trial_versions group by nct_id),
checked as (
  select nct_id, max(started_at) as last_checked_at
  from ops.run_trials
  join ops.runs using (run_id), until
  where run_trials.outcome in ('inserted', 'updated', 'unchanged') and started_at < moment
  group by nct_id
),
followed as (
  select condition_set, position
  from ops.run_sets
  where run_id = (
    select max(run_id) from ops.run_sets join ops.runs using (run_id), until where started_at < moment
  )
),
stays as (
  select condition_set, nct_id, arg_max(in_condition_set, run_id) as is_member
  from archive.memberships, until
  where seen_at < moment
  group by condition_set, nct_id
),
members as (
  select nct_id, list(condition_set order by position) as condition_sets
  from stays
  join followed using (condition_set)
  where is_member
  group by nct_id
)
select
  known.* exclude (source_url, version, valid_from, valid_to),
  members.condition_sets is not null as in_condition_set,
  known.source_url,
  known.version,
  first_seen.first_seen_at,
  known.valid_from as last_changed_at,
  coalesce(checked.last_checked_at, known.valid_from) as last_checked_at,
  coalesce(members.condition_sets, []) as condition_sets,
  known.results_due_date < coalesce(checked.last_checked_at, known.valid_from)::date as results_due,
  known.results_due_date < coalesce(checked.last_checked_at, known.valid_from)::date
  and known.results_first_post_date is null as results_overdue
from known
left join first_seen using (nct_id)
left join checked using (nct_id)
left join members using (nct_id);
