-- Returns the lines of the eligibility criteria of some trials ($1: NCT numbers), each once. Reads: $1, main.criteria.
select nct_id, criterion_type, text
from main.criteria
where limit_number = 1 and nct_id in (select unnest($1::varchar[]))
order by id
