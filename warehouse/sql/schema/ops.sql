-- The tables of version 1 in which runs are recorded. Later versions only add to them, in migrations.

create schema ops;

create table ops.store (key varchar not null, value varchar not null);
comment on table ops.store is 'Facts about this warehouse. Grain: one row per fact.';
comment on column ops.store.key is 'Name of the fact.';
comment on column ops.store.value is 'Value of the fact.';

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
comment on column ops.runs.run_id is 'Number of the run. Each run has the next number.';
comment on column ops.runs.command is 'sync, backfill or rebuild.';
comment on column ops.runs.outcome is 'published, unchanged or failed; running until the run ends.';
comment on column ops.runs.registry is 'Address of the registry, or sample for the registry that is part of the package.';
comment on column ops.runs.condition_set is 'Name of the condition set.';
comment on column ops.runs.condition_set_digest is 'Digest of the content of the condition set.';
comment on column ops.runs.data_timestamp is 'Time of the registry''s data release that the run read, as the registry gives it (UTC).';
comment on column ops.runs.listed is 'Trials in the listing of the condition set; NULL if the set was not listed.';
comment on column ops.runs.planned is 'Trials that the run planned to fetch or ask for.';
comment on column ops.runs.fetched is 'Records received: inserted + updated + unchanged + quarantined.';
comment on column ops.runs.inserted is 'Trials that are new in the warehouse.';
comment on column ops.runs.updated is 'Trials with new content.';
comment on column ops.runs.unchanged is 'Trials that were fetched and had not changed.';
comment on column ops.runs."left" is 'Trials that have left the condition set, except by a merge.';
comment on column ops.runs.merged is 'Trials that were merged into another.';
comment on column ops.runs.quarantined is 'Records that were quarantined.';
comment on column ops.runs.problems is 'Values that could not be read in the records that the run loaded.';
comment on column ops.runs.drift is 'Keys and codes that the catalog does not know; NULL if the run did not look for them.';
comment on column ops.runs.newly_set_aside is 'Quarantined records and unreadable values that were not set aside before.';
comment on column ops.runs.requests is 'HTTP requests sent, with retries.';
comment on column ops.runs.seconds is 'Seconds from the start of the run to the end of its load.';
comment on column ops.runs.warehouse is 'Path of the warehouse that the run publishes.';
comment on column ops.runs.message is 'What happened, in a sentence.';
comment on column ops.runs.started_at is 'When the run started (UTC).';
comment on column ops.runs.finished_at is 'When the load of the run ended, or when the run failed (UTC).';
comment on column ops.runs.software_version is 'Version of aclf-trials that made the run.';

create table ops.run_trials (run_id bigint not null, nct_id varchar not null, outcome varchar not null);
comment on table ops.run_trials is 'What each run did with each trial that it looked at. Grain: one row per run, trial and outcome (a trial can be both unchanged and left).';
comment on column ops.run_trials.run_id is 'The run.';
comment on column ops.run_trials.nct_id is 'NCT number of the trial.';
comment on column ops.run_trials.outcome is 'inserted, updated, unchanged, quarantined, left, withheld, merged, gone or excluded.';

create table ops.quarantine (
  nct_id varchar,
  reason varchar not null,
  path varchar not null,
  raw blob not null,
  content_hash varchar not null,
  run_id bigint not null,
  first_seen_at timestamptz not null
);
comment on table ops.quarantine is 'Quarantined records: they were set aside whole. The next run that fetches the trial tries again. Grain: one row per record.';
comment on column ops.quarantine.nct_id is 'NCT number of the trial; NULL if the record has none.';
comment on column ops.quarantine.reason is 'Why the record was quarantined.';
comment on column ops.quarantine.path is 'Path in the record of what is wrong.';
comment on column ops.quarantine.raw is 'The record as the registry sent it.';
comment on column ops.quarantine.content_hash is 'SHA-256 of the record with sorted keys, without versionHolder.';
comment on column ops.quarantine.run_id is 'The run that first quarantined the record.';
comment on column ops.quarantine.first_seen_at is 'When the record was first quarantined (UTC).';

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
comment on table ops.problems is 'Values that could not be read. They are NULL in their column, and kept here as they came. Grain: one row per trial, path and value.';
comment on column ops.problems.nct_id is 'NCT number of the trial.';
comment on column ops.problems.table_name is 'Table that lacks the value.';
comment on column ops.problems.column_name is 'Column that lacks the value.';
comment on column ops.problems.path is 'Path of the value in the record.';
comment on column ops.problems.raw_value is 'The value as it is in the record.';
comment on column ops.problems.reason is 'Why the value could not be read.';
comment on column ops.problems.run_id is 'The run that first found the value.';
comment on column ops.problems.first_seen_at is 'When a run first found the value (UTC).';

create table ops.checks (
  run_id bigint not null,
  name varchar not null,
  severity varchar not null,
  failures bigint not null,
  example varchar
);
comment on table ops.checks is 'The data checks before each publish. Grain: one row per run and check.';
comment on column ops.checks.run_id is 'The run that was checked.';
comment on column ops.checks.name is 'Name of the check: the name of its file in warehouse/sql/checks.';
comment on column ops.checks.severity is 'error or warn. A failed error stops the publish; a failed warn is only reported.';
comment on column ops.checks.failures is 'Rows that fail the check.';
comment on column ops.checks.example is 'One of these rows, as JSON.';
