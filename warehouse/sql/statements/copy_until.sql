-- Copy what the published warehouse's archive held at the end of a day into an empty store.
-- Reads: $day, the attached database `published`.
-- Writes: $until, ops.store, ops.runs, ops.run_trials, ops.checks, ops.quarantine, archive.study_versions.
-- Times are compared in microseconds since 1970: an earlier version has published them with a zone.
set variable until = epoch_us(cast(getvariable('day') as timestamp) + interval 1 day);

-- The texts of that day are read with the rules of today.
insert into ops.store by name select key, value from published.ops.store where key = 'rule_files';

insert into ops.runs by name from published.ops.runs where epoch_us(started_at) < getvariable('until');
insert into ops.run_trials by name from published.ops.run_trials where run_id in (select run_id from ops.runs);
insert into ops.checks by name from published.ops.checks where run_id in (select run_id from ops.runs);
insert into ops.quarantine by name from published.ops.quarantine where epoch_us(first_seen_at) < getvariable('until');

-- The `last_seen_at` of a version that was current on that day may be of a later run. So take the newest run until that
-- day that received the trial.
insert into archive.study_versions by name
with known as (
  select *, lead(version) over (partition by nct_id order by version) as next_version
  from published.archive.study_versions
  where epoch_us(first_seen_at) < getvariable('until')
),
checked as (
  select nct_id, max(started_at) as last_checked_at
  from ops.run_trials
  join ops.runs using (run_id)
  where run_trials.outcome in ('inserted', 'updated', 'unchanged')
  group by nct_id
)
select
  known.* exclude (last_seen_at, next_version),
  case when next_version is null then coalesce(last_checked_at, first_seen_at) else last_seen_at end as last_seen_at
from known
left join checked using (nct_id);
