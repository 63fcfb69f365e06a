-- severity: error
-- All tables in one join: a join for each of them would hold all the trials' numbers once for each.
select in_table, id, nct_id
from {rows}
where nct_id is null or nct_id not in (select nct_id from main.trials)
