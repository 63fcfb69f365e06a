-- Return which data the newest sync that did not fail has read.
-- Reads: ops.runs. Writes: nothing.
select registry, condition_set_digest, data_timestamp
from ops.runs
where command = 'sync' and outcome in ('published', 'unchanged')
order by run_id desc
limit 1
