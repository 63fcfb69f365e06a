-- One row a value, named after `trials` where that lacks it; a value seen before keeps its first sighting.
create or replace temp table current_problems as
select distinct on (nct_id, path, raw_value) *
from found_problems
order by nct_id, path, raw_value, table_name <> 'trials', table_name, column_name;

delete from ops.problems as problem
where nct_id in (select nct_id from loaded_versions)
  and not exists (
    from current_problems as now
    where now.nct_id = problem.nct_id and now.path = problem.path and now.raw_value = problem.raw_value
  );

insert into ops.problems
select now.*, study.run_id, study.last_changed_at
from current_problems as now
join raw.studies as study using (nct_id)
where not exists (
  from ops.problems as problem
  where now.nct_id = problem.nct_id and now.path = problem.path and now.raw_value = problem.raw_value
);
