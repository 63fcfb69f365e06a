-- DuckLake: return every column of the lake's tables, except those of ops.target.
-- Reads: DuckDB's catalog. Writes: nothing.
select columns.schema_name, columns.table_name, columns.column_name, columns.data_type
from duckdb_columns() as columns
join duckdb_tables() as tables using (database_oid, schema_name, table_name)
where tables.database_name = 'lake' and not (columns.schema_name = 'ops' and columns.table_name = 'target')
order by columns.schema_name, columns.table_name, columns.column_index
