-- Return the columns of main.trials that have a comment, with it.
-- Reads: DuckDB's catalog. Writes: nothing.
select column_name, comment
from duckdb_columns()
where database_name = 'store' and schema_name = 'main' and table_name = 'trials' and comment is not null
order by column_index
