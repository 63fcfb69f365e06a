-- Create the temporary tables that collect what one load finds.
-- Reads: nothing.
-- Writes: found_outcomes, found_problems, found_drift, departures, set_rules, listed_members, loaded_versions.
create or replace temp table found_outcomes (nct_id varchar, outcome varchar);
create or replace temp table found_problems (
  nct_id varchar, table_name varchar, column_name varchar, path varchar, raw_value varchar, reason varchar
);
create or replace temp table found_drift (
  nct_id varchar, kind varchar, path varchar, value varchar, occurrences bigint
);
create or replace temp table departures (nct_id varchar, outcome varchar, reason varchar, condition_set varchar);
create or replace temp table set_rules (condition_set varchar, kind varchar, value varchar);
create or replace temp table listed_members (condition_set varchar, nct_id varchar);
create or replace temp table loaded_versions (nct_id varchar, version integer);
