-- How many trials of each phase have which status: phases in their order, then those that phases do not apply to.
select
  coalesce(phase_label, phase, 'No phase') as phase,
  coalesce(status_group, 'not_known') as status_group,
  count(*) as trials
from main.trials
where in_condition_set
group by all
order by any_value(trials.phase is null), any_value(phase_max is null), any_value(phase_min), any_value(phase_max), 1, 2
