-- PostgreSQL: return what a role may not read yet of a DuckLake's catalog, as the grants that let it.
-- Without a role there is none. Reads: the role, PostgreSQL's catalog. Writes: nothing.
select format('grant usage on schema %%I to %%I', namespace.nspname, %(role)s::name)
from pg_namespace as namespace
where %(role)s::name is not null and namespace.nspname = 'public' and not has_schema_privilege(%(role)s::name, namespace.oid, 'usage')
union all
select format('grant select on %%I.%%I to %%I', namespace.nspname, class.relname, %(role)s::name)
from pg_class as class
join pg_namespace as namespace on namespace.oid = class.relnamespace
where %(role)s::name is not null and namespace.nspname = 'public' and class.relname like 'ducklake\_%%' and class.relkind = 'r'
  and not has_table_privilege(%(role)s::name, class.oid, 'select')
