select registry, condition_set, condition_set_digest, data_timestamp
from ops.runs
order by outcome in ('published', 'unchanged') desc, command <> 'sync', run_id desc
limit 1
