-- Return which data the newest sync that did not fail has read, and whether it did not believe a listing.
-- Reads: ops.runs, ops.run_sets. Writes: nothing.
select
  registry,
  condition_set_digest,
  data_timestamp,
  exists (from ops.run_sets as looks where looks.run_id = newest.run_id and refused is not null) as has_refused_listing
from ops.runs as newest
where command = 'sync' and outcome in ('published', 'unchanged')
order by run_id desc
limit 1
