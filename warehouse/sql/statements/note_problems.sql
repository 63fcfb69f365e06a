-- Update ops.problems for the loaded trials. A value that was a problem before keeps its first sighting.
-- Reads: found_problems, loaded_versions, raw.studies. Writes: current_problems, ops.problems.

-- Several columns may lack the same value. It gets one row, which names `trials` if that table lacks it.
create or replace temp table current_problems as
select distinct on (nct_id, path, raw_value) *
from found_problems
order by nct_id, path, raw_value, table_name <> 'trials', table_name, column_name;

delete from ops.problems as problem
where nct_id in (select nct_id from loaded_versions)
  and not exists (
    from current_problems as current
    where current.nct_id = problem.nct_id and current.path = problem.path and current.raw_value = problem.raw_value
  );

insert into ops.problems
select current.*, study.run_id, study.last_changed_at
from current_problems as current
join raw.studies as study using (nct_id)
where not exists (
  from ops.problems as problem
  where current.nct_id = problem.nct_id and current.path = problem.path and current.raw_value = problem.raw_value
);
