-- Return what the texts of these trials say, and their sites: one row per table, trial and row of the table.
-- Reads: $1 (NCT numbers), main.interventions, main.outcomes, main.criteria, main.mentions, main.sites. Writes: nothing.
select 'interventions' as table_name, nct_id, id, to_json(each) as details
from main.interventions as each
where nct_id in (select unnest($1::varchar[]))
union all
select 'outcomes', nct_id, id, to_json(each) from main.outcomes as each where nct_id in (select unnest($1::varchar[]))
union all
select 'criteria', nct_id, id, to_json(each) from main.criteria as each where nct_id in (select unnest($1::varchar[]))
union all
select 'mentions', nct_id, id, to_json(each) from main.mentions as each where nct_id in (select unnest($1::varchar[]))
union all
select 'sites', nct_id, id, to_json(each) from main.sites as each where nct_id in (select unnest($1::varchar[]))
order by table_name, nct_id, id
