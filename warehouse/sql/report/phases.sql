-- Counts the trials of the set by phase and status group. Reads: reported_trials.
-- Order: phases by number, then trials to which phases do not apply, then trials without a phase.
select
  coalesce(phase_label, phase, 'No phase') as phase,
  coalesce(status_group, 'not_known') as status_group,
  count(*) as trials
from reported_trials
group by all
order by any_value(reported_trials.phase is null), any_value(phase_max is null), any_value(phase_min), any_value(phase_max), 1, 2
