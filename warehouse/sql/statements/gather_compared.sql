-- Copy the records that are about to be compared out of the archive, which is read once for all of them.
-- Reads: compared_versions, archive.study_versions. Writes: compared_records.

-- DuckDB would keep the side of a join in memory that it expects to be smaller, and its estimate can choose the archive
-- with all its records. Without this optimizer it keeps the right side: the numbers of the versions.
set disabled_optimizers = 'build_side_probe_side';

-- In the order in which they are compared, so that each reading finds its records beside one another.
create or replace temp table compared_records as
select ordinal, is_new, nct_id, version, first_seen_at, document
from archive.study_versions
join (
  select ordinal, false as is_new, nct_id, version - 1 as version from compared_versions
  union all
  select ordinal, true, nct_id, version from compared_versions
) using (nct_id, version)
where document is not null
order by ordinal, is_new;

reset disabled_optimizers;
