-- DuckDB: return the views and macros of a database: kind, schema, name, parameters, definition, whether it gives a table.
-- Reads: $1, DuckDB's catalog. Writes: nothing.
select 'view' as kind, schema_name, view_name as object_name, null as parameters, sql as definition, true as is_table
from duckdb_views() where database_name = $1 and not internal
union all
select 'macro', schema_name, function_name, parameters, macro_definition, function_type = 'table_macro'
from duckdb_functions() where database_name = $1 and not internal and macro_definition is not null
order by all
