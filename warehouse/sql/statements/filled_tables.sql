-- Return the store's tables that have, or had, committed rows, with their schemas, and about how many.
-- Reads: nothing. Writes: nothing.
select schema_name || '.' || table_name, estimated_size
from duckdb_tables()
where database_name = current_database() and estimated_size > 0
