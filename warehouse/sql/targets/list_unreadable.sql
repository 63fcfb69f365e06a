-- PostgreSQL: return what a role may not read yet, as the grants that let it.
-- Reads: the role, the schemas, PostgreSQL's catalog. Writes: nothing.
select format('grant usage on schema %%I to %%I', namespace.nspname, %(role)s::name)
from pg_namespace as namespace
where namespace.nspname = any(%(schemas)s::text[]) and not has_schema_privilege(%(role)s::name, namespace.oid, 'usage')
union all
select format('grant select on %%I.%%I to %%I', namespace.nspname, class.relname, %(role)s::name)
from pg_class as class
join pg_namespace as namespace on namespace.oid = class.relnamespace
where namespace.nspname = any(%(schemas)s::text[]) and class.relkind in ('r', 'v')
  and not has_table_privilege(%(role)s::name, class.oid, 'select')
