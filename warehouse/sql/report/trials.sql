-- Returns the trials of the set with the latest start ($1 trials at most): what the table shows and sorts by, and what an export and a comparison say of each.
-- Reads: reported_trials, codes.overall_status, codes.study_type, codes.sex, ctgov.sponsors, ctgov.eligibilities.
-- A file that an earlier version published has no main.trials.collaborators.
with collaborators as (
  select nct_id, list(name order by id) as names
  from ctgov.sponsors
  where lead_or_collaborator = 'collaborator'
  group by nct_id
)
select
  trial.nct_id,
  trial.brief_title,
  trial.official_title,
  trial.acronym,
  coalesce(study_type.label, trial.study_type) as study_type,
  coalesce(trial.status_label, trial.overall_status) as status,
  coalesce(trial.status_group, 'not_known') as status_group,
  coalesce(status."order", 99) as status_order,
  coalesce(trial.phase_label, trial.phase) as phase,
  trial.phase_max + trial.phase_min / 100 as phase_order,
  trial.start_date_raw as start,
  trial.start_date,
  trial.start_date_type,
  trial.primary_completion_date_raw as primary_completion,
  trial.primary_completion_date_type,
  trial.completion_date_raw as completion,
  trial.completion_date_type,
  trial.first_post_date,
  trial.results_first_post_date,
  trial.enrollment,
  trial.enrollment_type,
  trial.lead_sponsor,
  trial.lead_sponsor_class,
  collaborators.names as collaborators,
  trial.conditions,
  trial.keywords,
  trial.mesh_conditions,
  trial.countries,
  coalesce(sex.label, trial.sex) as sex,
  eligibility.minimum_age,
  eligibility.maximum_age,
  trial.has_results,
  trial.brief_summary
from reported_trials as trial
left join codes.overall_status as status on status.code = trial.overall_status
left join codes.study_type as study_type on study_type.code = trial.study_type
left join codes.sex as sex on sex.code = trial.sex
left join collaborators on collaborators.nct_id = trial.nct_id
left join ctgov.eligibilities as eligibility on eligibility.nct_id = trial.nct_id
order by trial.start_date desc nulls last, trial.nct_id
limit $1
