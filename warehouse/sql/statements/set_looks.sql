-- Return the last listings of each condition set that was listed: what the set was when it was last listed wholly, when
-- that was, and the data of the last listing.
-- Reads: ops.run_sets, ops.runs. Writes: nothing.
select
  looks.condition_set,
  arg_max(digest, run_id) filter (first_update_date is null) as digest,
  max(started_at) filter (first_update_date is null) as listed_wholly_at,
  arg_max(data_timestamp, run_id) as data_timestamp
from ops.run_sets as looks
join ops.runs using (run_id)
where looks.listed is not null
group by looks.condition_set
having max(started_at) filter (first_update_date is null) is not null
