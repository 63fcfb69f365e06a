-- Return some of the versions to compare, each with its own record and the record of the version before.
-- Reads: compared_versions, compared_records (`gather_compared.sql`), $1 (the first ordinal), $2 (how many).
-- Writes: nothing.
with
part as materialized (
  select nct_id, version, ordinal from compared_versions where ordinal >= $1 and ordinal < $1 + $2
),
-- Only these few records may be in memory when they are joined.
part_records as materialized (
  select nct_id, version, first_seen_at, document from compared_records where nct_id in (select nct_id from part)
)
select part.nct_id, part.version, new_version.first_seen_at, old_version.document, new_version.document
from part
join part_records as new_version on new_version.nct_id = part.nct_id and new_version.version = part.version
join part_records as old_version on old_version.nct_id = part.nct_id and old_version.version = part.version - 1
order by part.ordinal
