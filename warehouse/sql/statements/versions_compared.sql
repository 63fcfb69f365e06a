-- Return some of the versions to compare, each with its own record and the record of the version before.
-- Reads: compared_versions, $1 (the first ordinal), $2 (how many), archive.study_versions. Writes: nothing.
select new_version.nct_id, new_version.version, new_version.first_seen_at, old_version.document, new_version.document
from compared_versions
join archive.study_versions as new_version
  on new_version.nct_id = compared_versions.nct_id and new_version.version = compared_versions.version
join archive.study_versions as old_version
  on old_version.nct_id = compared_versions.nct_id and old_version.version = compared_versions.version - 1
where compared_versions.ordinal >= $1 and compared_versions.ordinal < $1 + $2
  and new_version.document is not null and old_version.document is not null
order by compared_versions.ordinal
