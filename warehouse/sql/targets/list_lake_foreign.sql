-- DuckLake: return a table or view in some schemas of the lake.
-- Reads: $1, DuckDB's catalog. Writes: nothing.
select schema_name || '.' || object_name
from (
  select schema_name, table_name as object_name from duckdb_tables() where database_name = 'lake'
  union all
  select schema_name, view_name from duckdb_views() where database_name = 'lake'
)
where list_contains($1, schema_name)
order by 1
limit 1
