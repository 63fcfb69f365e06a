-- Return the columns of the store's tables that hold times, as schema, table and column.
-- Reads: nothing. Writes: nothing.
select schema_name, table_name, column_name
from duckdb_columns()
semi join (from duckdb_tables() where database_name = 'store' and not temporary) using (schema_name, table_name)
where database_name = 'store' and data_type = 'TIMESTAMP'
order by all
