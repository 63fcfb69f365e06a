-- Record the runs that have not ended as failed. Only the run that holds the lock may do this: it knows that no other
-- run is at work, so a run that has not ended was killed.
-- Reads: ops.runs. Writes: ops.runs.
update ops.runs
set
  outcome = 'failed',
  message = 'the run was killed before it ended; nothing was published and the warehouse is as it was; the next run continued from there.'
where outcome = 'running'
