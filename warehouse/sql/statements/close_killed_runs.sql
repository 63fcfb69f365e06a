update ops.runs
set
  outcome = 'failed',
  message = 'the run was killed before it ended; nothing was published and the warehouse is as it was; the next run went on where it was.'
where outcome = 'running'
