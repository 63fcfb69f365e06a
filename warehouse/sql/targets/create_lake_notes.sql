-- DuckLake: create the table in which the lake says what it holds.
-- Reads: nothing. Writes: ops.target.
create table if not exists ops.target (
  store_id varchar not null,
  run_id bigint not null,
  frame varchar not null,
  published_at timestamp not null,
  tidied_at timestamp not null
);
comment on table ops.target is 'What this lake holds of a warehouse. Grain: one row.';
comment on column ops.target.store_id is 'The store that the warehouse is published from; see ops.store.';
comment on column ops.target.run_id is 'The run whose published file this is.';
comment on column ops.target.frame is 'Digest of what the rows of all trials depend on. If it changes, a publish replaces all rows.';
comment on column ops.target.published_at is 'When it was published here (UTC).';
comment on column ops.target.tidied_at is 'When its files were last merged, and old snapshots dropped (UTC).';
