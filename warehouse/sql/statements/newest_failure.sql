-- Return the newest failed run that no later good run has made up for. A good sync makes up for every command, another
-- good run only for its own command. A failed sync comes first.
-- Reads: ops.runs. Writes: nothing.
select run_id
from ops.runs as failed
where outcome = 'failed' and not exists (
    from ops.runs as good
    where good.outcome in ('published', 'unchanged') and good.command in ('sync', failed.command) and good.run_id > failed.run_id
)
order by command = 'sync' desc, run_id desc
limit 1
