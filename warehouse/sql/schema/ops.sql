create schema ops;

create table ops.store (key varchar not null, value varchar not null);
comment on table ops.store is 'What this warehouse is. Grain: one row per fact.';
comment on column ops.store.key is 'Name of the fact.';
comment on column ops.store.value is 'Its value.';

create table ops.runs (
  run_id bigint not null,
  command varchar not null,
  outcome varchar not null,
  registry varchar not null,
  condition_set varchar not null,
  condition_set_digest varchar not null,
  data_timestamp varchar,
  listed bigint,
  planned bigint,
  fetched bigint,
  inserted bigint,
  updated bigint,
  unchanged bigint,
  "left" bigint,
  merged bigint,
  quarantined bigint,
  problems bigint,
  drift bigint,
  newly_set_aside bigint,
  requests bigint,
  seconds double,
  warehouse varchar not null,
  message varchar,
  started_at timestamptz not null,
  finished_at timestamptz,
  software_version varchar not null
);
comment on table ops.runs is 'Every run and what it did. Grain: one row per run.';
comment on column ops.runs.run_id is 'Number of the run, counted up.';
comment on column ops.runs.command is 'sync or backfill.';
comment on column ops.runs.outcome is 'published, unchanged or failed; running while it runs.';
comment on column ops.runs.registry is 'Address of the registry, or sample for the registry that ships with the package.';
comment on column ops.runs.condition_set is 'Name of the condition set.';
comment on column ops.runs.condition_set_digest is 'Digest of what the condition set says.';
comment on column ops.runs.data_timestamp is 'Time of the registry''s data release that was read, as the registry gives it (UTC).';
comment on column ops.runs.listed is 'Trials in the listing of the condition set; NULL where it was not listed.';
comment on column ops.runs.planned is 'Trials that the run set out to fetch or ask for.';
comment on column ops.runs.fetched is 'Records received: inserted + updated + unchanged + quarantined.';
comment on column ops.runs.inserted is 'Trials new to the warehouse.';
comment on column ops.runs.updated is 'Trials with a new content.';
comment on column ops.runs.unchanged is 'Trials fetched and found unchanged.';
comment on column ops.runs."left" is 'Trials found to have left the condition set, other than by a merge.';
comment on column ops.runs.merged is 'Trials found to be merged into another.';
comment on column ops.runs.quarantined is 'Records set aside whole.';
comment on column ops.runs.problems is 'Values set aside in the records that the run loaded.';
comment on column ops.runs.drift is 'Keys and codes unknown to the catalog; NULL where they were not looked for.';
comment on column ops.runs.newly_set_aside is 'Records and values set aside that were not set aside before.';
comment on column ops.runs.requests is 'HTTP requests sent, retries included.';
comment on column ops.runs.seconds is 'Seconds from the start of the run to the end of its load.';
comment on column ops.runs.warehouse is 'File that the run publishes to.';
comment on column ops.runs.message is 'What happened, in a sentence.';
comment on column ops.runs.started_at is 'When the run started (UTC).';
comment on column ops.runs.finished_at is 'When its load ended, or when it failed (UTC).';
comment on column ops.runs.software_version is 'Version of aclf-trials that ran.';

create table ops.run_trials (run_id bigint not null, nct_id varchar not null, outcome varchar not null);
comment on table ops.run_trials is 'What each run did with each trial that it looked at. Grain: one row per run, trial and outcome (a trial can be unchanged and have left).';
comment on column ops.run_trials.run_id is 'The run.';
comment on column ops.run_trials.nct_id is 'NCT number of the trial.';
comment on column ops.run_trials.outcome is 'inserted, updated, unchanged, quarantined, left, merged, gone or excluded.';

create table ops.quarantine (
  nct_id varchar,
  reason varchar not null,
  path varchar not null,
  raw blob not null,
  content_hash varchar not null,
  run_id bigint not null,
  first_seen_at timestamptz not null
);
comment on table ops.quarantine is 'Records set aside whole; the next run that fetches the trial tries again. Grain: one row per record.';
comment on column ops.quarantine.nct_id is 'NCT number of the trial; NULL where the record has none.';
comment on column ops.quarantine.reason is 'Why it was set aside.';
comment on column ops.quarantine.path is 'Where in the record the reason lies.';
comment on column ops.quarantine.raw is 'The record as the registry sent it.';
comment on column ops.quarantine.content_hash is 'SHA-256 of the record with sorted keys, without versionHolder.';
comment on column ops.quarantine.run_id is 'The run that first set it aside.';
comment on column ops.quarantine.first_seen_at is 'When it was first set aside (UTC).';

create table ops.problems (
  nct_id varchar not null,
  table_name varchar not null,
  column_name varchar not null,
  path varchar not null,
  raw_value varchar not null,
  reason varchar not null,
  run_id bigint not null,
  first_seen_at timestamptz not null
);
comment on table ops.problems is 'Values that could not be read: NULL in their column, kept here as they came. Grain: one row per trial, path and value.';
comment on column ops.problems.nct_id is 'NCT number of the trial.';
comment on column ops.problems.table_name is 'Table that lacks the value.';
comment on column ops.problems.column_name is 'Column that lacks the value.';
comment on column ops.problems.path is 'Path of the value in the record.';
comment on column ops.problems.raw_value is 'The value as the record has it.';
comment on column ops.problems.reason is 'Why it could not be read.';
comment on column ops.problems.run_id is 'The run that first set it aside.';
comment on column ops.problems.first_seen_at is 'When it was first set aside (UTC).';

create table ops.checks (
  run_id bigint not null,
  name varchar not null,
  severity varchar not null,
  failures bigint not null,
  example varchar
);
comment on table ops.checks is 'The data checks before each publish. Grain: one row per run and check.';
comment on column ops.checks.run_id is 'The run that was checked.';
comment on column ops.checks.name is 'Name of the check, its file in warehouse/sql/checks.';
comment on column ops.checks.severity is 'error stops the publish, warn is reported.';
comment on column ops.checks.failures is 'Rows that fail the check.';
comment on column ops.checks.example is 'One of them, as JSON.';
