-- Return the results of these trials as the registry has them; a trial without results has no row.
-- Reads: $1 (NCT numbers), raw.studies. Writes: nothing.
select nct_id, document -> '$.resultsSection' as results
from raw.studies
where list_contains($1::varchar[], nct_id)
  and json_exists(document, '$.resultsSection')
  -- DuckDB takes bounds through the join and the group of the view, and a list only to its end.
  and nct_id between list_min($1::varchar[]) and list_max($1::varchar[])
