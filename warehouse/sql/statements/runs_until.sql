-- Return the runs until one, each with its time.
-- Reads: $1, ops.runs. Writes: nothing.
select run_id, started_at from ops.runs where run_id <= $1 order by run_id
