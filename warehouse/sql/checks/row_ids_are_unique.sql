-- severity: error
-- for each: row table
select '{table}' as in_table, id, min(nct_id) as nct_id from {table} group by id having count(*) > 1
