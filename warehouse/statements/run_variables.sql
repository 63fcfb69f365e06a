-- The run and its time, as session variables that the other statements read.
select getvariable('run_id'), getvariable('now')
