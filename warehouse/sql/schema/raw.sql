-- A table of version 1. Migration 3 replaces it with a view of the same name.

create schema raw;

create table raw.studies (
  nct_id varchar not null,
  document json using compression zstd not null,
  content_hash varchar not null,
  version integer not null,
  first_seen_at timestamptz not null,
  last_changed_at timestamptz not null,
  last_checked_at timestamptz not null
);
comment on table raw.studies is 'The current record of every trial. Grain: one row per trial.';
comment on column raw.studies.nct_id is 'NCT number of the trial.';
comment on column raw.studies.document is 'The record as the registry sent it, JSON.';
comment on column raw.studies.content_hash is 'SHA-256 of the record with sorted keys, without versionHolder.';
comment on column raw.studies.version is 'How many different contents of the record this warehouse has seen.';
comment on column raw.studies.first_seen_at is 'When this warehouse first had the trial (UTC).';
comment on column raw.studies.last_changed_at is 'When this warehouse first had the current content (UTC).';
comment on column raw.studies.last_checked_at is 'When the record was last fetched and compared (UTC).';
