-- Creates the views in which PostgreSQL tells of its tables and columns.
-- Reads: DuckDB's catalog, ctgov.aact_row_counts (made beside the tables: DuckDB's own number counts deleted rows).
-- A client finds the first by the search path. DuckDB has an information_schema of its own, which tells DuckDB's types: the
-- second is for those who ask for PostgreSQL's, and `aclf query --aact` reads it as information_schema.columns.

create view ctgov.pg_stat_user_tables as
select
  row_number() over (order by table_name) as relid,
  'ctgov' as schemaname,
  table_name as relname,
  cast(0 as bigint) as seq_scan,
  cast(0 as bigint) as seq_tup_read,
  cast(0 as bigint) as idx_scan,
  cast(0 as bigint) as idx_tup_fetch,
  cast(0 as bigint) as n_tup_ins,
  cast(0 as bigint) as n_tup_upd,
  cast(0 as bigint) as n_tup_del,
  cast(0 as bigint) as n_tup_hot_upd,
  row_count as n_live_tup,
  cast(0 as bigint) as n_dead_tup,
  cast(0 as bigint) as n_mod_since_analyze,
  cast(0 as bigint) as n_ins_since_vacuum,
  cast(null as timestamp) as last_vacuum,
  cast(null as timestamp) as last_autovacuum,
  cast(null as timestamp) as last_analyze,
  cast(null as timestamp) as last_autoanalyze,
  cast(0 as bigint) as vacuum_count,
  cast(0 as bigint) as autovacuum_count,
  cast(0 as bigint) as analyze_count,
  cast(0 as bigint) as autoanalyze_count
from ctgov.aact_row_counts;
comment on view ctgov.pg_stat_user_tables is 'PostgreSQL''s view of AACT''s tables with their numbers of rows. Grain: one row per table.';
comment on column ctgov.pg_stat_user_tables.relid is 'Number of the table.';
comment on column ctgov.pg_stat_user_tables.schemaname is 'Schema of the table, always ctgov.';
comment on column ctgov.pg_stat_user_tables.relname is 'Name of the table.';
comment on column ctgov.pg_stat_user_tables.seq_scan is 'Scans of the table; always 0, because DuckDB does not count them.';
comment on column ctgov.pg_stat_user_tables.seq_tup_read is 'Rows read by scans; always 0, because DuckDB does not count them.';
comment on column ctgov.pg_stat_user_tables.idx_scan is 'Scans of indexes; always 0, because DuckDB does not count them.';
comment on column ctgov.pg_stat_user_tables.idx_tup_fetch is 'Rows read by indexes; always 0, because DuckDB does not count them.';
comment on column ctgov.pg_stat_user_tables.n_tup_ins is 'Inserted rows; always 0, because DuckDB does not count them.';
comment on column ctgov.pg_stat_user_tables.n_tup_upd is 'Changed rows; always 0, because DuckDB does not count them.';
comment on column ctgov.pg_stat_user_tables.n_tup_del is 'Deleted rows; always 0, because DuckDB does not count them.';
comment on column ctgov.pg_stat_user_tables.n_tup_hot_upd is 'Rows changed in their place; always 0, because DuckDB does not count them.';
comment on column ctgov.pg_stat_user_tables.n_live_tup is 'Number of rows.';
comment on column ctgov.pg_stat_user_tables.n_dead_tup is 'Dead rows; always 0, because DuckDB does not count them.';
comment on column ctgov.pg_stat_user_tables.n_mod_since_analyze is 'Rows changed since the last analysis; always 0, because DuckDB does not count them.';
comment on column ctgov.pg_stat_user_tables.n_ins_since_vacuum is 'Rows inserted since the last vacuum; always 0, because DuckDB does not count them.';
comment on column ctgov.pg_stat_user_tables.last_vacuum is 'Time of the last vacuum; NULL, because DuckDB has none.';
comment on column ctgov.pg_stat_user_tables.last_autovacuum is 'Time of the last vacuum by itself; NULL, because DuckDB has none.';
comment on column ctgov.pg_stat_user_tables.last_analyze is 'Time of the last analysis; NULL, because DuckDB has none.';
comment on column ctgov.pg_stat_user_tables.last_autoanalyze is 'Time of the last analysis by itself; NULL, because DuckDB has none.';
comment on column ctgov.pg_stat_user_tables.vacuum_count is 'Vacuums; always 0, because DuckDB has none.';
comment on column ctgov.pg_stat_user_tables.autovacuum_count is 'Vacuums by itself; always 0, because DuckDB has none.';
comment on column ctgov.pg_stat_user_tables.analyze_count is 'Analyses; always 0, because DuckDB has none.';
comment on column ctgov.pg_stat_user_tables.autoanalyze_count is 'Analyses by itself; always 0, because DuckDB has none.';

create view ctgov.information_schema_columns as
with names (kind, data_type, udt_name) as (
  values
    ('VARCHAR', 'character varying', 'varchar'),
    ('VARCHAR[]', 'ARRAY', '_varchar'),
    ('INTEGER', 'integer', 'int4'),
    ('BIGINT', 'bigint', 'int8'),
    ('HUGEINT', 'numeric', 'numeric'),
    ('DOUBLE', 'numeric', 'numeric'),
    ('FLOAT8', 'double precision', 'float8'),
    ('BOOLEAN', 'boolean', 'bool'),
    ('DATE', 'date', 'date'),
    ('TIMESTAMP', 'timestamp without time zone', 'timestamp'),
    ('JSON', 'json', 'json'),
    ('BLOB', 'bytea', 'bytea')
),
columns as (
  select
    *,
    -- AACT's one column of this type. All its other decimal numbers are numeric.
    if(table_name = 'outcome_analyses' and column_name = 'p_value', 'FLOAT8', data_type) as kind
  from system.information_schema.columns
  where table_catalog = current_database()
)
select
  columns.table_catalog,
  columns.table_schema,
  columns.table_name,
  columns.column_name,
  columns.ordinal_position,
  columns.column_default,
  columns.is_nullable,
  coalesce(names.data_type, lower(columns.data_type)) as data_type,
  coalesce(names.udt_name, lower(columns.data_type)) as udt_name,
  cast(null as integer) as character_maximum_length,
  case kind when 'INTEGER' then 32 when 'BIGINT' then 64 when 'FLOAT8' then 53 end as numeric_precision,
  case when kind in ('INTEGER', 'BIGINT') then 0 end as numeric_scale,
  case kind when 'TIMESTAMP' then 6 when 'DATE' then 0 end as datetime_precision
from columns
left join names using (kind);
comment on view ctgov.information_schema_columns is 'PostgreSQL''s information_schema.columns: its types where DuckDB''s has DuckDB''s. Grain: one row per column.';
comment on column ctgov.information_schema_columns.table_catalog is 'Name of the database.';
comment on column ctgov.information_schema_columns.table_schema is 'Schema of the table.';
comment on column ctgov.information_schema_columns.table_name is 'Name of the table or view.';
comment on column ctgov.information_schema_columns.column_name is 'Name of the column.';
comment on column ctgov.information_schema_columns.ordinal_position is 'Position of the column in the table, from 1.';
comment on column ctgov.information_schema_columns.column_default is 'Default value as SQL; NULL if there is none.';
comment on column ctgov.information_schema_columns.is_nullable is 'YES or NO: whether the column may be NULL.';
comment on column ctgov.information_schema_columns.data_type is 'PostgreSQL''s name of the type that AACT''s column has, such as character varying.';
comment on column ctgov.information_schema_columns.udt_name is 'PostgreSQL''s short name of that type, such as varchar.';
comment on column ctgov.information_schema_columns.character_maximum_length is 'Longest text that fits; NULL, because there is no limit.';
comment on column ctgov.information_schema_columns.numeric_precision is 'Bits of the number; NULL for numeric and for other types.';
comment on column ctgov.information_schema_columns.numeric_scale is '0 for an integer; NULL for other types.';
comment on column ctgov.information_schema_columns.datetime_precision is 'Digits of a second that a time has, 0 for a date; NULL for other types.';
