-- Find the terms by which `relations.sql` ranks for some trials: none where the ranking is kept.
-- Reads: $asked (NCT numbers), raw.unranked_terms. Writes: asked_terms.
-- DuckDB filters the terms by a list before it ranks them, and by a query only after that. But a long list takes longer.
create or replace temp table asked_terms as
from raw.unranked_terms
where (len(getvariable('asked')) > 20 or list_contains(getvariable('asked')::varchar[], nct_id))
  and nct_id in (select unnest(getvariable('asked')::varchar[]))
