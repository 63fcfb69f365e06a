-- Return the trials of which this connection has loaded a record, changed or not.
-- Reads: found_outcomes. Writes: nothing.
select distinct nct_id
from found_outcomes
where outcome in ('inserted', 'updated', 'unchanged')
order by hash(nct_id)
