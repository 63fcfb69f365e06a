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

create view main.condition_set_members as
select
  newest.nct_id,
  newest.matched_by,
  newest.matched_text,
  ever.member_since,
  case when not newest.in_condition_set then newest.seen_at end as member_until,
  newest.left_reason
from (select distinct on (nct_id) * from archive.memberships order by nct_id, run_id desc) as newest
join (select nct_id, min(seen_at) as member_since from archive.memberships group by nct_id) as ever using (nct_id);
comment on view main.condition_set_members is 'Which trials are in the condition set, and which have left it. Grain: one row per trial ever in the set.';
comment on column main.condition_set_members.nct_id is 'NCT number of the trial.';
comment on column main.condition_set_members.matched_by is 'What puts the trial in the set: listed by hand, condition, mesh term, keyword, title, mesh ancestor, or search only (the registry found it by a synonym).';
comment on column main.condition_set_members.matched_text is 'The words in the record that matched.';
comment on column main.condition_set_members.member_since is 'When the trial was first found in the set (UTC).';
comment on column main.condition_set_members.member_until is 'When the trial was found to have left the set (UTC); NULL while the trial is in the set.';
comment on column main.condition_set_members.left_reason is 'Why the trial left: left the search, withheld by its sponsor, merged into another trial, gone from the registry, or excluded by hand.';

create view main.membership_periods as
with turns as (
  select *, in_condition_set is distinct from lag(in_condition_set) over (partition by nct_id order by run_id) as turned
  from archive.memberships
),
periods as (
  select
    *,
    lead(seen_at) over next as member_until,
    lead(left_reason) over next as why
  from turns
  where turned
  window next as (partition by nct_id order by run_id)
)
select nct_id, seen_at as member_since, member_until, why as left_reason
from periods
where in_condition_set;
comment on view main.membership_periods is 'The stays of each trial in the condition set. Grain: one row per trial and stay in the set.';
comment on column main.membership_periods.nct_id is 'NCT number of the trial.';
comment on column main.membership_periods.member_since is 'When the stay began (UTC).';
comment on column main.membership_periods.member_until is 'When the stay ended (UTC); NULL while it lasts.';
comment on column main.membership_periods.left_reason is 'Why the stay ended: one of the reasons of condition_set_members.';
