-- DuckLake: return one row if there is the table in which the lake says what it holds.
-- Reads: DuckDB's catalog. Writes: nothing.
select table_name from duckdb_tables() where database_name = 'lake' and schema_name = 'ops' and table_name = 'target'
