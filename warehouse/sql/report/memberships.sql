-- Returns the condition sets that some trials ($1: NCT numbers) are in. Reads: $1, main.trials.
select nct_id, condition_sets
from main.trials
where nct_id in (select unnest($1::varchar[])) and condition_sets is not null
