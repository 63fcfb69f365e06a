-- Returns the interventions of some trials ($1: NCT numbers), each with its classes. Reads: $1, main.interventions, codes.intervention_type.
select
  intervention.nct_id,
  coalesce(type.label, intervention.intervention_type) as type,
  intervention.name,
  intervention.other_names,
  intervention.intervention_classes as classes
from main.interventions as intervention
left join codes.intervention_type as type on type.code = intervention.intervention_type
where intervention.nct_id in (select unnest($1::varchar[]))
order by intervention.id
