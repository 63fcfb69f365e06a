-- Views of the current state of the archive.

create view raw.studies as
with trials as (
  select nct_id, max(version) as version, min(first_seen_at) as first_seen_at
  from archive.study_versions
  group by nct_id
)
select
  nct_id,
  document,
  content_hash,
  version,
  trials.first_seen_at,
  newest.first_seen_at as last_changed_at,
  newest.last_seen_at as last_checked_at,
  run_id
from archive.study_versions as newest
join trials using (nct_id, version);
comment on view raw.studies is 'The current record of every trial. Grain: one row per trial.';
comment on column raw.studies.nct_id is 'NCT number of the trial.';
comment on column raw.studies.document is 'The record as the registry sent it, JSON.';
comment on column raw.studies.content_hash is 'SHA-256 of the record with sorted keys, without versionHolder.';
comment on column raw.studies.version is 'Number of versions of the record that this warehouse has seen.';
comment on column raw.studies.first_seen_at is 'When this warehouse first had the trial (UTC).';
comment on column raw.studies.last_changed_at is 'When this warehouse first had the current version (UTC).';
comment on column raw.studies.last_checked_at is 'When the record was last fetched and compared (UTC).';
comment on column raw.studies.run_id is 'The run that first received the current version.';

create view main.trial_versions as
select
  nct_id,
  version,
  first_seen_at as valid_from,
  lead(first_seen_at) over (partition by nct_id order by version) as valid_to,
  content_hash,
  run_id
from archive.study_versions;
comment on view main.trial_versions is 'Every version of every trial that this warehouse has seen. Grain: one row per trial and version.';
comment on column main.trial_versions.nct_id is 'NCT number of the trial.';
comment on column main.trial_versions.version is 'Number of the version, from 1 for each trial.';
comment on column main.trial_versions.valid_from is 'When this warehouse first had the version (UTC).';
comment on column main.trial_versions.valid_to is 'When this warehouse first had the next version (UTC); NULL for the current version.';
comment on column main.trial_versions.content_hash is 'SHA-256 of the record with sorted keys, without versionHolder; NULL for a version whose record was not kept.';
comment on column main.trial_versions.run_id is 'The run that first received the version.';

create view main.condition_set_memberships as
select
  condition_set,
  newest.nct_id,
  newest.matched_by,
  newest.matched_text,
  ever.member_since,
  case when not newest.in_condition_set then newest.seen_at end as member_until,
  newest.left_reason
from (
  select distinct on (condition_set, nct_id) * from archive.memberships order by condition_set, nct_id, run_id desc
) as newest
join (
  select condition_set, nct_id, min(seen_at) as member_since from archive.memberships group by condition_set, nct_id
) as ever using (condition_set, nct_id);
comment on view main.condition_set_memberships is 'Which trials are in each condition set, and which have left it. A set that is not followed any more keeps the rows of its last sync. Grain: one row per set and trial ever in it.';
comment on column main.condition_set_memberships.condition_set is 'Name of the set; see condition_sets.';
comment on column main.condition_set_memberships.nct_id is 'NCT number of the trial.';
comment on column main.condition_set_memberships.matched_by is 'What puts the trial in the set: listed by hand, condition, mesh term, keyword, title, mesh ancestor, or search only (the registry found it by a synonym).';
comment on column main.condition_set_memberships.matched_text is 'The words in the record that matched.';
comment on column main.condition_set_memberships.member_since is 'When the trial was first found in the set (UTC).';
comment on column main.condition_set_memberships.member_until is 'When the trial was found to have left the set (UTC); NULL while the trial is in the set.';
comment on column main.condition_set_memberships.left_reason is 'Why the trial left: left the search, withheld by its sponsor, merged into another trial, gone from the registry, or excluded by hand.';

create view main.condition_sets as
with newest as (select distinct on (condition_set) * from ops.run_sets order by condition_set, run_id desc),
looks as (
  select run_sets.condition_set, run_id, run_sets.listed, first_update_date, started_at
  from ops.run_sets
  join ops.runs using (run_id)
  where run_sets.listed is not null
),
last_looks as (select condition_set, max(started_at) as last_listed_at from looks group by condition_set),
whole_looks as (
  select distinct on (condition_set) condition_set, listed
  from looks
  where first_update_date is null
  order by condition_set, run_id desc
),
members as (
  select condition_set, count(*) as trials
  from main.condition_set_memberships
  where member_until is null
  group by condition_set
)
select
  condition_set as name,
  title,
  position,
  run_id = (select max(run_id) from ops.run_sets) as is_followed,
  coalesce(trials, 0) as trials,
  whole_looks.listed,
  last_listed_at,
  refused
from newest
left join last_looks using (condition_set)
left join whole_looks using (condition_set)
left join members using (condition_set);
comment on view main.condition_sets is 'The condition sets that the warehouse follows or has followed. Each that it follows has a view in the schema sets, with its trials and the columns of trials. Grain: one row per set.';
comment on column main.condition_sets.name is 'Name of the set.';
comment on column main.condition_sets.title is 'The disease in words; NULL if no version kept it.';
comment on column main.condition_sets.position is 'Position of the set among those that the last sync of it named, from 1.';
comment on column main.condition_sets.is_followed is 'Whether the last good sync named the set. Of another set nothing is fetched any more.';
comment on column main.condition_sets.trials is 'Number of trials in the set.';
comment on column main.condition_sets.listed is 'Number of trials that the registry listed when the whole set was last listed.';
comment on column main.condition_sets.last_listed_at is 'Time of the sync that last listed the set, or what was updated in it (UTC).';
comment on column main.condition_sets.refused is 'Why the last sync of the set did not believe its listing; NULL if it did, or did not need one.';

-- Of the sets that have or had a trial, the first counts that is followed and has it now.
create view main.condition_set_members as
with ends as (
  select sets.condition_set, min(started_at) as ended_at
  from (select condition_set, max(run_id) as last_run from ops.run_sets group by condition_set) as sets
  join (select distinct run_id from ops.run_sets) as later on later.run_id > last_run
  join ops.runs on runs.run_id = later.run_id
  group by sets.condition_set
),
stays as (
  select
    condition_set,
    nct_id,
    matched_by,
    matched_text,
    member_since,
    position,
    coalesce(member_until, ended_at) as member_until,
    case when member_until is null and ended_at is not null then 'the set is not followed any more' else left_reason end
      as left_reason
  from main.condition_set_memberships as membership
  join main.condition_sets on name = condition_set
  left join ends using (condition_set)
)
select distinct on (nct_id) nct_id, matched_by, matched_text, member_since, member_until, left_reason
from stays
order by nct_id, member_until is not null, member_until desc, position, condition_set collate "C";
comment on view main.condition_set_members is 'Which trials are in a condition set that the warehouse follows, and which have left. A trial in several sets has one row, for the first of them; condition_set_memberships has a row for each. Grain: one row per trial ever in a set.';
comment on column main.condition_set_members.nct_id is 'NCT number of the trial.';
comment on column main.condition_set_members.matched_by is 'What puts the trial in the set: listed by hand, condition, mesh term, keyword, title, mesh ancestor, or search only (the registry found it by a synonym).';
comment on column main.condition_set_members.matched_text is 'The words in the record that matched.';
comment on column main.condition_set_members.member_since is 'When the trial was first found in the set (UTC).';
comment on column main.condition_set_members.member_until is 'When the trial was found to have left the set (UTC); NULL while the trial is in the set.';
comment on column main.condition_set_members.left_reason is 'Why the trial left: left the search, withheld by its sponsor, merged into another trial, gone from the registry, or excluded by hand; or that the set is not followed any more.';

create view main.membership_periods as
with turns as (
  select *, in_condition_set is distinct from lag(in_condition_set) over each_membership as turned
  from archive.memberships
  window each_membership as (partition by condition_set, nct_id order by run_id)
),
periods as (
  select
    *,
    lead(seen_at) over next as member_until,
    lead(left_reason) over next as why
  from turns
  where turned
  window next as (partition by condition_set, nct_id order by run_id)
)
select nct_id, seen_at as member_since, member_until, why as left_reason, condition_set
from periods
where in_condition_set;
comment on view main.membership_periods is 'The stays of each trial in each condition set. Grain: one row per set, trial and stay in the set.';
comment on column main.membership_periods.nct_id is 'NCT number of the trial.';
comment on column main.membership_periods.member_since is 'When the stay began (UTC).';
comment on column main.membership_periods.member_until is 'When the stay ended (UTC); NULL while it lasts.';
comment on column main.membership_periods.left_reason is 'Why the stay ended: one of the reasons of condition_set_memberships.';
comment on column main.membership_periods.condition_set is 'Name of the set.';
