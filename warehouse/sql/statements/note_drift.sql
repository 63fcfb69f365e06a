-- Record the keys and codes of the loaded trials that the catalog does not know, and update the counts in ops.drift.
-- Reads: loaded_versions, found_drift, raw.studies. Writes: ops.trial_drift, current_drift, ops.drift.
delete from ops.trial_drift where nct_id in (select nct_id from loaded_versions);
insert into ops.trial_drift
select nct_id, kind, path, value, sum(occurrences)
from found_drift
group by nct_id, kind, path, value;

create or replace temp table current_drift as
select
  kind,
  path,
  value,
  sum(occurrences) as occurrences,
  min(nct_id) as example_nct_id,
  min(last_changed_at) as first_seen_at,
  max(last_changed_at) as last_seen_at,
  bool_or(nct_id in (select nct_id from loaded_versions)) as seen
from ops.trial_drift
join raw.studies using (nct_id)
group by kind, path, value;

-- Drift that no current record has keeps its row, with the counts of its last sighting.
update ops.drift as known
set
  occurrences = current.occurrences,
  example_nct_id = current.example_nct_id,
  last_seen_at = greatest(known.last_seen_at, current.last_seen_at)
from current_drift as current
where current.kind = known.kind and current.path = known.path and current.value is not distinct from known.value;

insert into ops.drift
select kind, path, value, first_seen_at, last_seen_at, occurrences, example_nct_id
from current_drift as current
where not exists (
  from ops.drift as known
  where current.kind = known.kind and current.path = known.path and current.value is not distinct from known.value
);
