-- Return the current NCT number of each of these trials, and whether the warehouse has it. A trial that was merged into
-- another has the other's number.
-- Reads: $1 (NCT numbers), main.trial_aliases, main.trials. Writes: nothing.
with asked as (select unnest($1::varchar[]) as nct_id),
current as (
  select asked.nct_id as asked, coalesce(alias.current_nct_id, asked.nct_id) as nct_id
  from asked
  left join main.trial_aliases as alias using (nct_id)
)
select asked, nct_id, exists (from main.trials where trials.nct_id = current.nct_id) as is_known
from current
order by asked
