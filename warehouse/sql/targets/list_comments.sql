-- DuckDB: return every comment of a database on its tables, their columns, and its views.
-- Reads: $1, DuckDB's catalog. Writes: nothing.
select 'table' as kind, schema_name, table_name as object_name, null as column_name, comment
from duckdb_tables() where database_name = $1 and not internal and comment is not null
union all
select 'column', columns.schema_name, columns.table_name, columns.column_name, columns.comment
from duckdb_columns() as columns
join duckdb_tables() as tables using (database_oid, schema_name, table_name)
where tables.database_name = $1 and not tables.internal and columns.comment is not null
union all
select 'view', schema_name, view_name, null, comment
from duckdb_views() where database_name = $1 and not internal and comment is not null
order by all
