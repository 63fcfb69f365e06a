-- Create the temporary tables that collect what one load finds, and the view of what the warehouse keeps for each trial.
-- Reads: nothing.
-- Writes: found_outcomes, found_problems, found_drift, departures, trial_state, loaded_versions.
create or replace temp table found_outcomes (nct_id varchar, outcome varchar);
create or replace temp table found_problems (
  nct_id varchar, table_name varchar, column_name varchar, path varchar, raw_value varchar, reason varchar
);
create or replace temp table found_drift (
  nct_id varchar, kind varchar, path varchar, value varchar, occurrences bigint
);
create or replace temp table departures (nct_id varchar, outcome varchar, reason varchar);
create or replace temp view trial_state as
select
  study.nct_id,
  study.version,
  study.first_seen_at,
  study.last_changed_at,
  study.last_checked_at,
  coalesce(member.in_condition_set, false) as in_condition_set
from raw.studies as study
left join (
  select nct_id, arg_max(in_condition_set, run_id) as in_condition_set from archive.memberships group by nct_id
) as member using (nct_id);

create or replace temp table loaded_versions (nct_id varchar, version integer);
