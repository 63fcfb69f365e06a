-- PostgreSQL: create the tables in which the database says what it holds.
-- Reads: nothing. Writes: ops.target, ops.target_objects.
create table if not exists ops.target (
  store_id text not null,
  run_id bigint not null,
  frame text not null,
  published_at timestamptz not null
);
comment on table ops.target is 'What this database holds of a warehouse. Grain: one row.';
comment on column ops.target.store_id is 'The store that the warehouse is published from; see ops.store.';
comment on column ops.target.run_id is 'The run whose published file this is.';
comment on column ops.target.frame is 'Digest of what the rows of all trials depend on. If it changes, a publish replaces all rows.';
comment on column ops.target.published_at is 'When it was published here.';
create table if not exists ops.target_objects (
  position integer not null,
  kind text not null,
  name text not null,
  statements text not null
);
comment on table ops.target_objects is 'The views, functions and indexes that a publish made here, so that the next one replaces these and no others. Grain: one row per view, function and index.';
comment on column ops.target_objects.position is 'The order in which they were made.';
comment on column ops.target_objects.kind is 'view, function or index.';
comment on column ops.target_objects.name is 'Name with its schema, and of a function the types of its arguments.';
comment on column ops.target_objects.statements is 'The statements that made it.';
