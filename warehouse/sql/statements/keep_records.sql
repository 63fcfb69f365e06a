-- Compare the record lines with the archive, and add new records to the archive or to quarantine.
-- Reads: record_lines, $run_id, $now, raw.studies.
-- Writes: arrived_records, found_outcomes, changed_trials, archive.study_versions, ops.quarantine.
-- If this run has already added a version of the trial, the new record gets the same version number.
create or replace temp table arrived_records as
select
  line.nct_id,
  line.content_hash,
  case
    when line.reason is not null then 'quarantined'
    when current.nct_id is null then 'inserted'
    when current.content_hash = line.content_hash then 'unchanged'
    else 'updated'
  end as outcome,
  coalesce(current.version, 0) + (current.run_id is distinct from getvariable('run_id'))::integer as version
from record_lines as line
left join raw.studies as current using (nct_id);

insert into found_outcomes select nct_id, outcome from arrived_records;

create or replace temp table changed_trials as
select nct_id, content_hash, outcome = 'updated' as is_update, version
from arrived_records
where outcome in ('inserted', 'updated');

update archive.study_versions as version set last_seen_at = getvariable('now')
from raw.studies as current
where version.nct_id = current.nct_id
  and version.version = current.version
  and current.nct_id in (select nct_id from arrived_records where outcome = 'unchanged');

-- The registry may change a record while a run goes on. A version that this run received earlier was never published,
-- so the new record replaces it.
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

-- A quarantined record keeps its first sighting as long as the registry sends the same content.
delete from ops.quarantine as quarantined
where nct_id in (select nct_id from arrived_records where outcome <> 'quarantined')
  or exists (
    from record_lines as line
    where line.nct_id = quarantined.nct_id and line.content_hash <> quarantined.content_hash
  );

insert into ops.quarantine
select distinct on (nct_id, content_hash)
  nct_id, reason, path, encode(raw), content_hash, getvariable('run_id'), getvariable('now')
from record_lines as line
where reason is not null
  and not exists (
    from ops.quarantine as quarantined
    where quarantined.content_hash = line.content_hash and quarantined.nct_id is not distinct from line.nct_id
  );
