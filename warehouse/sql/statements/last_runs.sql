-- Return the last run of each command that has ended.
-- Reads: ops.runs. Writes: nothing.
select max(run_id)
from ops.runs
where outcome <> 'running'
group by command
order by command
