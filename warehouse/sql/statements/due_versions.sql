-- Return the archived versions that have a record: the current ones if $1 is true, else the replaced ones.
-- Reads: $1, archived_versions. Writes: nothing.
-- In the archive's own order, so that a round reads neighbours.
select nct_id, version, position
from archived_versions
where has_record and is_current = $1
order by case when is_current then 0 else version end, position
