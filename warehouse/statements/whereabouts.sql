-- Where the trials asked for ($1) are to be found: under their own number, under the one that they were merged into, or
-- set aside.
with
asked as (select unnest($1::varchar[]) as nct_id),
aliases as (
  select id_value as nct_id, nct_id as current_nct_id from ctgov.id_information where id_source = 'nct_alias'
  union
  select nct_id, regexp_extract(left_reason, 'NCT[0-9]{8}')
  from main.condition_set_members
  where starts_with(left_reason, 'merged into NCT')
)
select distinct on (asked.nct_id)
  asked.nct_id as asked_for,
  aliases.current_nct_id,
  asked.nct_id in (select nct_id from main.trials) as is_held,
  coalesce(aliases.current_nct_id in (select nct_id from main.trials), false) as is_current_held,
  aside.reason as set_aside
from asked
left join aliases using (nct_id)
left join ops.quarantine as aside using (nct_id)
order by asked.nct_id, is_current_held desc, aliases.current_nct_id, aside.first_seen_at desc
