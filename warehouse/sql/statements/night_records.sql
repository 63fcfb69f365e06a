-- Return the current records of some trials, each with the fields in which this run found a value that cannot be read.
-- Reads: $1 (NCT numbers), $2 (the run), raw.studies, ops.problems. Writes: nothing.
select
  document,
  (
    select coalesce(list(distinct problem.path), [])
    from ops.problems as problem
    where problem.nct_id = study.nct_id and problem.run_id = $2
  ) as unreadable
from raw.studies as study
where nct_id in (select unnest($1::varchar[]))
