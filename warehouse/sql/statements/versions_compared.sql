-- Some of the versions whose changes are to be noted, each with its record and the one before it.
select now.nct_id, now.version, now.first_seen_at, before.document, now.document
from compared_versions
join archive.study_versions as now on now.nct_id = compared_versions.nct_id and now.version = compared_versions.version
join archive.study_versions as before on before.nct_id = compared_versions.nct_id and before.version = compared_versions.version - 1
where compared_versions.place >= $1 and compared_versions.place < $1 + $2
  and now.document is not null and before.document is not null
order by compared_versions.place
