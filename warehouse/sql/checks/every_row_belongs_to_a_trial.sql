-- severity: error
-- for each: row table
select '{table}' as in_table, id, nct_id
from {table}
where nct_id is null or nct_id not in (select nct_id from main.trials)
