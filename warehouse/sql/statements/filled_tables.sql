-- Return the store's tables that have, or had, committed rows, with their schemas.
-- Reads: nothing. Writes: nothing.
select schema_name || '.' || table_name
from duckdb_tables()
where database_name = current_database() and estimated_size > 0
