-- Reads: loaded_versions (a temporary table: the trials that this load has changed), and other tables of ctgov.
-- Returns: the rows of ctgov.calculated_values for these trials, one per trial.
-- The values are calculated as AACT calculates them: a month has thirty days, and a part of a month does not count.
with
sites as (
  select
    nct_id,
    count(*) as number_of_facilities,
    -- The United States and their territories, in the registry's naming of countries.
    coalesce(bool_or(country in (
      'United States', 'American Samoa', 'Bajo Nuevo Bank', 'Baker Island', 'Guam', 'Howland Island', 'Jarvis Island',
      'Johnston Atoll', 'Kingman Reef', 'Midway Atoll', 'Navassa Island', 'Northern Mariana Islands', 'Palmyra Atoll',
      'Puerto Rico', 'Serranilla Bank', 'U.S. Virgin Islands', 'Virgin Islands (U.S.)', 'Wake Island'
    )), false) as has_us_facility
  from ctgov.facilities
  where nct_id in (select nct_id from loaded_versions)
  group by nct_id
),
subjects as (
  select
    nct_id,
    sum(subjects_affected) filter (event_type = 'other') as number_of_nsae_subjects,
    sum(subjects_affected) filter (event_type = 'serious') as number_of_sae_subjects
  from ctgov.reported_events
  where nct_id in (select nct_id from loaded_versions)
  group by nct_id
),
planned_outcomes as (
  select
    nct_id,
    nullif(count(*) filter (outcome_type = 'primary'), 0) as primary_outcomes,
    nullif(count(*) filter (outcome_type = 'secondary'), 0) as secondary_outcomes,
    nullif(count(*) filter (outcome_type = 'other'), 0) as other_outcomes
  from ctgov.design_outcomes
  where nct_id in (select nct_id from loaded_versions)
  group by nct_id
),
ages as (
  select
    nct_id,
    regexp_extract(minimum_age, '^([0-9]+) +([A-Za-z]+)$', ['number', 'unit']) as minimum,
    regexp_extract(maximum_age, '^([0-9]+) +([A-Za-z]+)$', ['number', 'unit']) as maximum
  from ctgov.eligibilities
  where nct_id in (select nct_id from loaded_versions)
)
select
  -- A row id as in every table of ctgov; the trial has only one row here.
  cast(substr(nct_id, 4) as bigint) * 10000000 + 1 as id,
  nct_id,
  coalesce(number_of_facilities, 0) as number_of_facilities,
  number_of_nsae_subjects,
  number_of_sae_subjects,
  year(study_first_submitted_date) as registered_in_calendar_year,
  case
    when start_date_type is distinct from 'ESTIMATED' and primary_completion_date_type is distinct from 'ESTIMATED'
      then (primary_completion_date - start_date) // 30
  end as actual_duration,
  nct_id in (select nct_id from ctgov.outcomes where nct_id in (select nct_id from loaded_versions)) as were_results_reported,
  (results_first_submitted_date - primary_completion_date) // 30 as months_to_report_results,
  has_us_facility,
  number_of_facilities = 1 as has_single_facility,
  try_cast(minimum.number as integer) as minimum_age_num,
  try_cast(maximum.number as integer) as maximum_age_num,
  nullif(regexp_replace(lower(minimum.unit), 's$', ''), '') as minimum_age_unit,
  nullif(regexp_replace(lower(maximum.unit), 's$', ''), '') as maximum_age_unit,
  primary_outcomes as number_of_primary_outcomes_to_measure,
  secondary_outcomes as number_of_secondary_outcomes_to_measure,
  other_outcomes as number_of_other_outcomes_to_measure
from ctgov.studies
left join sites using (nct_id)
left join subjects using (nct_id)
left join planned_outcomes using (nct_id)
left join ages using (nct_id)
where nct_id in (select nct_id from loaded_versions)
