-- Returns the outcomes of some trials ($1: NCT numbers), each with its classes. Reads: $1, main.outcomes.
select nct_id, outcome_type, measure, time_frame, outcome_classes as classes
from main.outcomes
where nct_id in (select unnest($1::varchar[]))
order by id
