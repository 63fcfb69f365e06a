-- Add the archive, fill it from the tables and runs of version 2, and drop the tables that views of it replace.

create schema archive;

create table archive.study_versions (
  nct_id varchar not null,
  version integer not null,
  content_hash varchar,
  document json using compression zstd,
  first_seen_at timestamptz not null,
  last_seen_at timestamptz not null,
  run_id bigint not null
);
comment on table archive.study_versions is 'Every version of every trial''s record that was ever received. Rows are added, never removed. Grain: one row per trial and version.';
comment on column archive.study_versions.nct_id is 'NCT number of the trial.';
comment on column archive.study_versions.version is 'Number of the version, counted up from 1 for each trial.';
comment on column archive.study_versions.content_hash is 'SHA-256 of the record with sorted keys, without versionHolder; NULL for a version that was replaced before there was an archive.';
comment on column archive.study_versions.document is 'The record as the registry sent it, JSON; NULL for a version that was replaced before there was an archive, and for one that was taken out by hand.';
comment on column archive.study_versions.first_seen_at is 'Time of the run that first received this version (UTC).';
comment on column archive.study_versions.last_seen_at is 'Time of the last run that received it (UTC).';
comment on column archive.study_versions.run_id is 'The run that first received it.';

create table archive.memberships (
  nct_id varchar not null,
  run_id bigint not null,
  seen_at timestamptz not null,
  in_condition_set boolean not null,
  matched_by varchar,
  matched_text varchar,
  left_reason varchar
);
comment on table archive.memberships is 'What was found of each trial''s place in the condition set, whenever it was something new. Rows are added, never removed. Grain: one row per trial and run that found a change.';
comment on column archive.memberships.nct_id is 'NCT number of the trial.';
comment on column archive.memberships.run_id is 'The run that found it.';
comment on column archive.memberships.seen_at is 'Time of that run (UTC).';
comment on column archive.memberships.in_condition_set is 'Whether the trial was in the condition set from then on.';
comment on column archive.memberships.matched_by is 'What put the trial in the set: listed by hand, condition, mesh term, keyword, title, mesh ancestor, or search only (the registry found it by a synonym).';
comment on column archive.memberships.matched_text is 'The words of the record that matched.';
comment on column archive.memberships.left_reason is 'Why it left: left the search, withheld by its sponsor, merged into another trial, gone from the registry, or excluded by hand.';

create table ops.migrations (version integer not null, applied_at timestamptz, software_version varchar);
comment on table ops.migrations is 'How the store came to its present tables. Grain: one row per migration.';
comment on column ops.migrations.version is 'Number of the migration, its file in warehouse/sql/migrations; 1 is the first store.';
comment on column ops.migrations.applied_at is 'When it was made (UTC); NULL for those from before this table.';
comment on column ops.migrations.software_version is 'Version of aclf-trials that made it.';
insert into ops.migrations values (1, null, null), (2, null, null);

-- Versions that were replaced before there was an archive are known by the runs that received them; only the current
-- record is there.
insert into archive.study_versions
with received as (
  select
    nct_id,
    runs.run_id,
    runs.started_at,
    count(*) filter (trial.outcome <> 'unchanged') over (partition by nct_id order by runs.run_id) as number
  from ops.run_trials as trial
  join ops.runs as runs using (run_id)
  where trial.outcome in ('inserted', 'updated', 'unchanged')
),
versions as (
  select nct_id, number, min(started_at) as first_seen_at, max(started_at) as last_seen_at, min(run_id) as run_id
  from received
  group by nct_id, number
)
select
  nct_id,
  versions.number,
  case when number = version then content_hash end,
  case when number = version then document end,
  case when number = version then last_changed_at else versions.first_seen_at end,
  case when number = version then last_checked_at else versions.last_seen_at end,
  run_id
from raw.studies
join versions using (nct_id)
where number between 1 and version;

insert into archive.study_versions
select nct_id, version, content_hash, document, last_changed_at, last_checked_at, 0
from raw.studies
where (nct_id, version) not in (select (nct_id, version) from archive.study_versions);

insert into archive.memberships
select nct_id, coalesce(run_id, 0), member_since, true, matched_by, matched_text, null
from main.condition_set_members
left join ops.runs on started_at = member_since;

insert into archive.memberships
select nct_id, coalesce(run_id, 0), member_until, false, matched_by, matched_text, left_reason
from main.condition_set_members
left join ops.runs on started_at = member_until
where member_until is not null;

drop table raw.studies;
drop table main.condition_set_members;
