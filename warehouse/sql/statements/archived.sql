-- The versions with a record: the current ones, or those that were replaced, in their order.
select version.nct_id, version.version
from archive.study_versions as version
join (select nct_id, max(version) as newest from archive.study_versions group by nct_id) using (nct_id)
where document is not null and (version.version = newest) = $1
order by version.version, version.nct_id
