-- Return some of the versions to compare, each with its own record and the record of the version before.
-- Reads: compared_records (`gather_compared.sql`), $1 (the first ordinal), $2 (how many). Writes: nothing.
with
-- Only these few records may be in memory when they are joined.
part as materialized (
  from compared_records where ordinal >= $1 and ordinal < $1 + $2
)
select new_version.nct_id, new_version.version, new_version.first_seen_at, old_version.document, new_version.document
from part as new_version
join part as old_version using (ordinal)
where new_version.is_new and not old_version.is_new
order by ordinal
