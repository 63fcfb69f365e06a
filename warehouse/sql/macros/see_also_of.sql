-- The rows of main.see_also of one trial, or of a list of trials. Both have a text in which the NCT numbers are found.
create or replace macro main.see_also_of(trials) as table
from raw.list_related(regexp_extract_all(coalesce(trials::varchar, ''), 'NCT[0-9]{8}')) order by nct_id, rank;
