-- The trials as the warehouse had them at the end of a day in UTC, with the columns of main.trials, as the macro of this
-- name. `{columns}` and `{typed_columns}` stand for these columns.
create function main.trials_as_of(day date) returns table ({typed_columns})
language sql stable parallel safe
as $function$
with until as (select trials_as_of.day::timestamp + interval '1 day' as moment),
known as (
  select history.*
  from main.trial_history as history, until
  where history.valid_from < until.moment and coalesce(history.valid_to >= until.moment, true)
),
first_seen as (
  select version.nct_id, min(version.valid_from) as first_seen_at
  from main.trial_versions as version
  group by version.nct_id
),
checked as (
  select look.nct_id, max(run.started_at) as last_checked_at
  from ops.run_trials as look
  join ops.runs as run on run.run_id = look.run_id
  join until on run.started_at < until.moment
  where look.outcome in ('inserted', 'updated', 'unchanged')
  group by look.nct_id
),
followed as (
  select condition_set, position
  from ops.run_sets
  where run_id = (
    select max(look.run_id)
    from ops.run_sets as look
    join ops.runs as run on run.run_id = look.run_id
    join until on run.started_at < until.moment
  )
),
stays as (
  select distinct on (membership.condition_set, membership.nct_id)
    membership.condition_set, membership.nct_id, membership.in_condition_set as is_member
  from archive.memberships as membership
  join until on membership.seen_at < until.moment
  order by membership.condition_set, membership.nct_id, membership.run_id desc
),
members as (
  select stays.nct_id, array_agg(stays.condition_set order by followed.position) as condition_sets
  from stays
  join followed on followed.condition_set = stays.condition_set
  where stays.is_member
  group by stays.nct_id
),
states as (
  select
    known.*,
    members.condition_sets is not null as in_condition_set,
    first_seen.first_seen_at,
    known.valid_from as last_changed_at,
    coalesce(checked.last_checked_at, known.valid_from) as last_checked_at,
    coalesce(members.condition_sets, array[]::text[]) as condition_sets,
    known.results_due_date < coalesce(checked.last_checked_at, known.valid_from)::date as results_due,
    known.results_due_date < coalesce(checked.last_checked_at, known.valid_from)::date
    and known.results_first_post_date is null as results_overdue
  from known
  left join first_seen on first_seen.nct_id = known.nct_id
  left join checked on checked.nct_id = known.nct_id
  left join members on members.nct_id = known.nct_id
)
select {columns} from states
$function$;
comment on function main.trials_as_of(date) is 'The trials as the warehouse had them at the end of a day in UTC, with the columns of main.trials. Grain: one row per trial.';
