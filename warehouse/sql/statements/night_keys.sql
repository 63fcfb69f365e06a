-- Return the unknown keys of this night's records: in how many trials each is, and whether no run has seen it before.
-- Reads: $1 (the time of the run), found_outcomes, ops.trial_drift, ops.drift. Writes: nothing.
select trial.path, count(distinct trial.nct_id) as trials, bool_and(known.first_seen_at >= $1) as is_new
from ops.trial_drift as trial
join ops.drift as known using (kind, path)
where kind = 'key'
  and nct_id in (select nct_id from found_outcomes where outcome in ('inserted', 'updated', 'unchanged'))
group by trial.path
