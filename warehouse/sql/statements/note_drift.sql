-- What the changed trials have that the catalog does not know, in place of what they had of it before.
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

update ops.drift as known
set
  occurrences = now.occurrences,
  example_nct_id = now.example_nct_id,
  last_seen_at = greatest(known.last_seen_at, now.last_seen_at)
from current_drift as now
where now.kind = known.kind and now.path = known.path and now.value is not distinct from known.value;

insert into ops.drift
select kind, path, value, first_seen_at, last_seen_at, occurrences, example_nct_id
from current_drift as now
where not exists (
  from ops.drift as known
  where now.kind = known.kind and now.path = known.path and now.value is not distinct from known.value
);
