-- Count the trials that published runs brought after one run.
-- Reads: $1, ops.runs. Writes: nothing.
select coalesce(sum(inserted), 0)::bigint as inserted, coalesce(sum(updated), 0)::bigint as updated
from ops.runs where run_id > $1 and outcome = 'published'
