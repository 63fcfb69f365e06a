-- Where the trials asked for ($1) are to be found: under their own number, under the one that they have now, or set aside.
with asked as (select unnest($1::varchar[]) as nct_id)
select distinct on (asked.nct_id)
  asked.nct_id as asked_for,
  alias.current_nct_id,
  asked.nct_id in (select nct_id from main.trials) as is_held,
  aside.reason as set_aside
from asked
left join main.trial_aliases as alias using (nct_id)
left join ops.quarantine as aside using (nct_id)
order by asked.nct_id, aside.first_seen_at desc
