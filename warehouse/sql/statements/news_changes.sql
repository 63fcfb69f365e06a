-- Return the changes of some trials ($1) since a time ($2), except administrative ones.
-- Reads: $1 (NCT numbers), $2 (a time), main.changes. Writes: nothing.
select *
from main.changes
where nct_id in (select unnest($1::varchar[])) and changed_at >= $2::timestamp and weight is distinct from 'administrative'
order by nct_id, changed_at, path, element, kind, old_value, new_value, condition_set
