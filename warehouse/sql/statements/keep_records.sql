-- Compare the records of a round with the archive, and add the unusable ones to quarantine. `archive_records` adds the others.
-- Reads: record_lines, $run_id, $now, raw.studies.
-- Writes: arrived_records, found_outcomes, changed_trials, archive.study_versions, ops.quarantine.
-- If this run has already added a version of the trial, the new record gets the same version number.
create or replace temp table arrived_records as
select
  line.part,
  line.nct_id,
  line.content_hash,
  case
    when line.reason is not null then 'quarantined'
    when current.nct_id is null then 'inserted'
    when current.content_hash = line.content_hash then 'unchanged'
    else 'updated'
  end as outcome,
  current.version as current_version,
  coalesce(current.version, 0) + (current.run_id is distinct from getvariable('run_id'))::integer as version
from record_lines as line
left join raw.studies as current using (nct_id);

insert into found_outcomes select nct_id, outcome from arrived_records;

create or replace temp table changed_trials as
select
  part,
  nct_id,
  content_hash,
  outcome = 'updated' as is_update,
  version,
  getvariable('now') as valid_from,
  null::timestamp as valid_to
from arrived_records
where outcome in ('inserted', 'updated');

update archive.study_versions as version set last_seen_at = getvariable('now')
from arrived_records as arrived
where version.nct_id = arrived.nct_id
  and version.version = arrived.current_version
  and arrived.outcome = 'unchanged';

-- The registry may change a record while a run goes on. A version that this run received earlier was never published,
-- so the new record replaces it.
delete from archive.study_versions
where run_id = getvariable('run_id') and nct_id in (select nct_id from changed_trials where is_update);

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
