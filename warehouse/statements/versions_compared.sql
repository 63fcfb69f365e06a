-- Some of the versions whose changes are to be noted, each with its record and the one before it.
select now.nct_id, now.version, now.first_seen_at, before.document, now.document
from compared
join archive.study_versions as now on now.nct_id = compared.nct_id and now.version = compared.version
join archive.study_versions as before on before.nct_id = compared.nct_id and before.version = compared.version - 1
where compared.place >= $1 and compared.place < $1 + $2
  and now.document is not null and before.document is not null
order by compared.place
