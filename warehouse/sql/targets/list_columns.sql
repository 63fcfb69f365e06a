-- PostgreSQL: return every column of the tables in some schemas, with its type as PostgreSQL prints it.
-- Reads: the schemas, PostgreSQL's catalog. Writes: nothing.
select namespace.nspname, class.relname, attribute.attname, format_type(attribute.atttypid, attribute.atttypmod)
from pg_class as class
join pg_namespace as namespace on namespace.oid = class.relnamespace
join pg_attribute as attribute on attribute.attrelid = class.oid
where namespace.nspname = any(%s::text[]) and class.relkind = 'r' and attribute.attnum > 0 and not attribute.attisdropped
  and not (namespace.nspname = 'ops' and class.relname in ('target', 'target_objects'))
order by namespace.nspname, class.relname, attribute.attnum
