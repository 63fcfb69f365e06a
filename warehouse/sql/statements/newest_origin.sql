-- Return where the data in the store came from: what the newest good run read, or another run if none was good. A sync
-- comes before a run of another command.
-- Reads: ops.runs. Writes: nothing.
select registry, condition_set, condition_set_digest, data_timestamp
from ops.runs
order by outcome in ('published', 'unchanged') desc, command <> 'sync', run_id desc
limit 1
