-- What the lines are to the archive: new trials, new versions, known versions, or set aside.
create or replace temp table arrived_records as
select
  line.nct_id,
  line.content_hash,
  case
    when line.reason is not null then 'quarantined'
    when held.nct_id is null then 'inserted'
    when held.content_hash = line.content_hash then 'unchanged'
    else 'updated'
  end as outcome,
  coalesce(held.version, 0) + (held.run_id is distinct from getvariable('run_id'))::integer as version
from record_lines as line
left join raw.studies as held using (nct_id);

insert into found_outcomes select nct_id, outcome from arrived_records;

create or replace temp table changed_trials as
select nct_id, content_hash, outcome = 'updated' as is_update, version
from arrived_records
where outcome in ('inserted', 'updated');

update archive.study_versions as version set last_seen_at = getvariable('now')
from raw.studies as held
where version.nct_id = held.nct_id
  and version.version = held.version
  and held.nct_id in (select nct_id from arrived_records where outcome = 'unchanged');

-- What this run itself received earlier, and the registry changed meanwhile, is no version that anybody saw.
delete from archive.study_versions
where run_id = getvariable('run_id') and nct_id in (select nct_id from changed_trials);

insert into archive.study_versions by name
select
  nct_id,
  version,
  content_hash,
  document,
  getvariable('now') as first_seen_at,
  getvariable('now') as last_seen_at,
  getvariable('run_id') as run_id
from record_lines
join changed_trials using (nct_id, content_hash)
where reason is null;

-- A record set aside keeps its first sighting as long as the registry sends the same bytes.
delete from ops.quarantine as kept
where nct_id in (select nct_id from arrived_records where outcome <> 'quarantined')
  or exists (from record_lines as line where line.nct_id = kept.nct_id and line.content_hash <> kept.content_hash);

insert into ops.quarantine
select distinct on (nct_id, content_hash)
  nct_id, reason, path, encode(raw), content_hash, getvariable('run_id'), getvariable('now')
from record_lines as line
where reason is not null
  and not exists (
    from ops.quarantine as kept
    where kept.content_hash = line.content_hash and kept.nct_id is not distinct from line.nct_id
  );
