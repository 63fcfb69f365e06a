-- Return the archived versions that have a record: the current ones if $1 is true, else the replaced ones.
-- Reads: $1, archive.study_versions. Writes: nothing.
select version.nct_id, version.version
from archive.study_versions as version
join (select nct_id, max(version) as newest from archive.study_versions group by nct_id) using (nct_id)
where document is not null and (version.version = newest) = $1
order by version.version, version.nct_id
