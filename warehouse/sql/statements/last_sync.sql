select registry, condition_set_digest, data_timestamp
from ops.runs
where command = 'sync' and outcome in ('published', 'unchanged')
order by run_id desc
limit 1
