-- Returns the limits in the eligibility criteria of some trials ($1: NCT numbers). Reads: $1, main.criteria.
select nct_id, measure, limit_text, criterion_type
from main.criteria
where measure is not null and nct_id in (select unnest($1::varchar[]))
order by id
