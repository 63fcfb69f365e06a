-- Return where each of these trials can be found: under its own NCT number, under its current one, or in quarantine.
-- Reads: $1 (NCT numbers), main.trials, main.trial_aliases, ops.quarantine. Writes: nothing.
with asked as (select unnest($1::varchar[]) as nct_id)
select distinct on (asked.nct_id)
  asked.nct_id as asked_for,
  alias.current_nct_id,
  asked.nct_id in (select nct_id from main.trials) as is_held,
  quarantined.reason as set_aside
from asked
left join main.trial_aliases as alias using (nct_id)
left join ops.quarantine as quarantined using (nct_id)
order by asked.nct_id, quarantined.first_seen_at desc
