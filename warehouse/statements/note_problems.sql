-- One row a value, named after `trials` where that lacks it; a value seen before keeps its first sighting.
create or replace temp table current_problems as
select distinct on (nct_id, path, raw_value) *
from found_problems
order by nct_id, path, raw_value, table_name <> 'trials', table_name, column_name;

delete from ops.problems as problem
where nct_id in (from loaded)
  and not exists (
    from current_problems as now
    where now.nct_id = problem.nct_id and now.path = problem.path and now.raw_value = problem.raw_value
  );

insert into ops.problems
select now.*, getvariable('run_id'), getvariable('now')
from current_problems as now
where not exists (
  from ops.problems as problem
  where now.nct_id = problem.nct_id and now.path = problem.path and now.raw_value = problem.raw_value
);
