-- Return every column of every table and view, with its comment, in the order of the data dictionary. The views of the
-- schema `sets` are not in it: each has the columns of main.trials.
-- Reads: DuckDB's catalog. Writes: nothing.
select
  columns.schema_name as "schema",
  columns.table_name as "table",
  coalesce(tables.comment, views.comment, '') as table_comment,
  columns.column_name as "column",
  columns.data_type as "type",
  columns.comment
from duckdb_columns() as columns
left join duckdb_tables() as tables using (database_oid, schema_oid, table_oid)
left join duckdb_views() as views
  on views.database_oid = columns.database_oid and views.view_oid = columns.table_oid
where not columns.internal and columns.database_name = current_database() and columns.schema_name <> 'sets'
order by
  list_position(['main', 'ctgov', 'codes', 'raw', 'archive', 'ops'], columns.schema_name),
  views.view_oid is not null,
  columns.table_name <> 'trials',
  columns.table_name,
  columns.column_index
