-- Return the newest sync that did not fail.
-- Reads: ops.runs. Writes: nothing.
select run_id
from ops.runs
where command = 'sync' and outcome in ('published', 'unchanged')
order by run_id desc
limit 1
