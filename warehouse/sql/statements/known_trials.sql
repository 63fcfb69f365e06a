-- Return the trials in the store, as the plan of a run needs them.
-- Reads: main.trials, main.condition_set_memberships. Writes: nothing.
select
  nct_id,
  strftime(last_update_post_date, '%Y-%m-%d') as last_update_post_date,
  overall_status,
  last_checked_at,
  coalesce(memberships.condition_sets, []) as condition_sets
from main.trials
left join (
  select nct_id, list(condition_set) as condition_sets
  from main.condition_set_memberships
  where member_until is null
  group by nct_id
) as memberships using (nct_id)
order by nct_id
