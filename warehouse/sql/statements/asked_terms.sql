-- Find the terms by which `relations.sql` ranks for these trials: none where the ranking is kept.
-- Reads: $1 (NCT numbers), raw.unranked_terms. Writes: asked_terms.
create or replace temp table asked_terms as
from raw.unranked_terms where nct_id in (select unnest($1::varchar[]))
