-- Add the tables of unknown keys and codes.

create table ops.drift (
  kind varchar not null,
  path varchar not null,
  value varchar,
  first_seen_at timestamptz not null,
  last_seen_at timestamptz not null,
  occurrences bigint not null,
  example_nct_id varchar not null
);
comment on table ops.drift is 'Keys and codes in the records that this version does not know; raw.studies has them all the same. Grain: one row per key, and per path and code.';
comment on column ops.drift.kind is 'key or code.';
comment on column ops.drift.path is 'Path of the key, or of the field with the code.';
comment on column ops.drift.value is 'The code; NULL for a key.';
comment on column ops.drift.first_seen_at is 'When this warehouse first saw it (UTC).';
comment on column ops.drift.last_seen_at is 'When this warehouse last loaded a record with it (UTC).';
comment on column ops.drift.occurrences is 'How often it stands in the current records, or stood when it was last seen.';
comment on column ops.drift.example_nct_id is 'A trial that has it.';

create table ops.trial_drift (
  nct_id varchar not null,
  kind varchar not null,
  path varchar not null,
  value varchar,
  occurrences bigint not null
);
comment on table ops.trial_drift is 'What ops.drift is counted from. Grain: one row per trial and row of ops.drift.';
comment on column ops.trial_drift.nct_id is 'NCT number of the trial.';
comment on column ops.trial_drift.kind is 'key or code.';
comment on column ops.trial_drift.path is 'Path of the key, or of the field with the code.';
comment on column ops.trial_drift.value is 'The code; NULL for a key.';
comment on column ops.trial_drift.occurrences is 'How often it stands in the trial''s current record.';
