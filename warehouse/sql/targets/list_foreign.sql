-- PostgreSQL: return the tables and views in some schemas.
-- Reads: the schemas, PostgreSQL's catalog. Writes: nothing.
select namespace.nspname || '.' || class.relname
from pg_class as class
join pg_namespace as namespace on namespace.oid = class.relnamespace
where namespace.nspname = any(%s::text[]) and class.relkind in ('r', 'v', 'm', 'p', 'f')
order by 1
limit 1
