-- What one load finds, and what the warehouse keeps for each trial beside its record.
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
  member.nct_id is not null as in_condition_set
from raw.studies as study
left join main.condition_set_members as member on member.nct_id = study.nct_id and member.member_until is null;

create or replace temp table loaded (nct_id varchar);
create or replace temp table known_codes (code_list varchar, code varchar);
