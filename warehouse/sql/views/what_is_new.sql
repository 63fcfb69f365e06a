-- What people want to hear of: the news of the condition sets.

create view main.news as
with beginnings as (
  select condition_set, min(run_id) as run_id
  from archive.memberships
  group by condition_set
),
-- The trials with which a set began are one event, because naming hundreds of them would be no news.
began as (
  select change.changed_at, change.run_id, change.condition_set, count(*) as number
  from main.membership_changes as change
  join beginnings using (condition_set, run_id)
  group by change.changed_at, change.run_id, change.condition_set
),
joined as (
  select
    change.changed_at,
    change.run_id,
    change.nct_id,
    array_agg(change.condition_set order by change.condition_set collate "C") as condition_sets
  from main.membership_changes as change
  left join beginnings using (condition_set, run_id)
  where change.change in ('joined', 'returned') and beginnings.run_id is null
  group by change.changed_at, change.run_id, change.nct_id
),
versions as (
  select
    nct_id,
    version,
    status_group,
    has_results,
    lag(version) over before as old_version,
    lag(status_group) over before as old_group,
    lag(has_results) over before as had_results
  from main.trial_history
  window before as (partition by nct_id order by version)
),
found as (
  select
    nct_id,
    version,
    case status_group when 'open' then 'opened' else 'stopped' end as event,
    cast(null as bigint) as number
  from versions
  where old_version is not null and status_group in ('open', 'stopped') and status_group is distinct from old_group
  union all
  select nct_id, version, 'results', null
  from versions
  where has_results and had_results is not distinct from false
  union all
  select nct_id, version, 'sites', count(*)
  from main.trial_changes
  where path = 'protocolSection.contactsLocationsModule.locations[]' and kind = 'added'
  group by nct_id, version
),
-- What happens to a trial counts while it is in a set, and on the night on which it leaves.
found_in_sets as (
  select
    valid_from as changed_at,
    run_id,
    found.nct_id,
    event,
    number,
    array_agg(distinct condition_set collate "C" order by condition_set collate "C") as condition_sets
  from found
  join main.trial_versions as version using (nct_id, version)
  join main.membership_periods as stay
    on stay.nct_id = found.nct_id and member_since <= valid_from and coalesce(valid_from <= member_until, true)
  group by valid_from, run_id, found.nct_id, event, number
),
events as (
  select
    changed_at,
    run_id,
    cast(null as varchar) as nct_id,
    'began' as event,
    number,
    array[condition_set] as condition_sets
  from began
  union all
  select changed_at, run_id, nct_id, 'joined', null, condition_sets from joined
  union all
  select changed_at, run_id, nct_id, event, number, condition_sets from found_in_sets
)
select changed_at, run_id, nct_id, trials.brief_title, event, number, events.condition_sets
from events
left join main.trials using (nct_id);
comment on view main.news is 'What people want to hear of: trials that joined a condition set, opened, stopped, posted results or got sites. Grain: one row per run, trial and event; for a set that began, one row.';
comment on column main.news.changed_at is 'Time of the run that found it (UTC).';
comment on column main.news.run_id is 'The run that found it.';
comment on column main.news.nct_id is 'NCT number of the trial; NULL for a set that began.';
comment on column main.news.brief_title is 'Short title of the trial now; NULL for a set that began.';
comment on column main.news.event is 'joined (also a trial that returned), opened (its status_group became open), stopped (its status_group became stopped), results (it has results and had none), sites (sites were added); or began (the first trials of a set).';
comment on column main.news.number is 'Number of sites that were added, or of trials with which a set began; NULL for other events.';
comment on column main.news.condition_sets is 'Names of the sets: those that the trial joined, or those that it was in.';
