-- Return every column of every table, table by table.
-- Reads: DuckDB's catalog. Writes: nothing.
select
  columns.schema_name,
  columns.table_name,
  tables.comment as table_comment,
  columns.column_name,
  columns.data_type,
  columns.comment
from duckdb_columns() as columns
join duckdb_tables() as tables using (database_oid, schema_oid, table_oid)
where tables.database_name = current_database() and not tables.internal and not tables.temporary
order by columns.schema_name, columns.table_name, columns.column_index
