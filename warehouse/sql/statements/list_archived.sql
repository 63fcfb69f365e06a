-- List the versions in the archive, with the times from when and until when each was the current one.
-- Reads: archive.study_versions. Writes: archived_versions.
create or replace temp table archived_versions as
select
  archived.rowid as position,
  nct_id,
  version,
  run_id,
  lost.position is null as has_record,
  lead(version) over versions is null as is_current,
  first_seen_at as valid_from,
  lead(first_seen_at) over versions as valid_to
from archive.study_versions as archived
-- As a condition of its own, DuckDB answers this from the statistics of most row groups, and reads no documents.
left join (select rowid as position from archive.study_versions where document is null) as lost
  on lost.position = archived.rowid
window versions as (partition by nct_id order by version);
