-- Return the condition sets that the warehouse follows, in the order of the newest sync that did not fail.
-- Reads: ops.run_sets. Writes: nothing.
select condition_set, title
from ops.run_sets
where run_id = (select max(run_id) from ops.run_sets)
order by position
