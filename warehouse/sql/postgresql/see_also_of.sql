-- The rows of main.see_also of one trial or of several, as the macro of this name. The NCT numbers are found in a text, or
-- in the texts of a list.

create function main.see_also_of(trials text)
returns table (
  nct_id text, rank integer, other_nct_id text, status_label text, brief_title text, phase_label text, score numeric,
  shared text
)
language sql stable parallel safe
as $function$
select relation.*
from main.see_also as relation
where relation.nct_id = any(array(
  select found.numbers[1] from regexp_matches(see_also_of.trials, 'NCT[0-9]{8}', 'g') as found(numbers)
))
order by relation.nct_id, relation.rank
$function$;
comment on function main.see_also_of(text) is 'The rows of main.see_also of the trials whose NCT numbers are in a text: see_also_of(''NCT00000000'').';

create function main.see_also_of(trials text[])
returns table (
  nct_id text, rank integer, other_nct_id text, status_label text, brief_title text, phase_label text, score numeric,
  shared text
)
language sql stable parallel safe
as $function$
select relation.* from main.see_also_of(array_to_string(see_also_of.trials, ' ')) as relation
$function$;
comment on function main.see_also_of(text[]) is 'The rows of main.see_also of several trials: see_also_of(array[''NCT00000000'', ''NCT00000001'']).';
