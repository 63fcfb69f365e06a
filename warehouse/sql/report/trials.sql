-- Returns the trials of the set with the latest start ($1 trials at most) for the table: what it shows, what it sorts by, and the words that a search looks in.
-- Reads: reported_trials, codes.overall_status.
select
  trial.nct_id,
  trial.brief_title,
  coalesce(trial.status_label, trial.overall_status) as status,
  coalesce(trial.status_group, 'not_known') as status_group,
  coalesce(status."order", 99) as status_order,
  coalesce(trial.phase_label, trial.phase) as phase,
  trial.phase_max + trial.phase_min / 100 as phase_order,
  trial.start_date_raw as start,
  trial.start_date,
  trial.enrollment,
  trial.enrollment_type,
  trial.lead_sponsor,
  trial.countries,
  trial.has_results,
  concat_ws(
    ' ', trial.acronym, trial.official_title, array_to_string(trial.conditions, ' '), array_to_string(trial.keywords, ' '),
    array_to_string(trial.mesh_conditions, ' '), array_to_string(trial.interventions, ' ')
  ) as words
from reported_trials as trial
left join codes.overall_status as status on status.code = trial.overall_status
order by trial.start_date desc nulls last, trial.nct_id
limit $1
