-- Return the tables and views of the schemas that hold only what can be made again.
-- Reads: DuckDB's catalog. Writes: nothing.
select 'table' as kind, schema_name, table_name as name
from duckdb_tables()
where database_name = 'store' and schema_name in ('main', 'raw')
union all
select 'view', schema_name, view_name
from duckdb_views()
where database_name = 'store' and schema_name in ('main', 'raw') and not internal
