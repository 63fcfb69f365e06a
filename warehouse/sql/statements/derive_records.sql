-- Choose which archived records get rows again: those that fit the catalog. Quarantine the others.
-- Reads: record_lines, due_versions, raw.studies, archive.study_versions. Writes: changed_trials, ops.quarantine.
create or replace temp table changed_trials as
select nct_id, content_hash, false as is_update, version
from record_lines
join due_versions using (nct_id)
where reason is null;

-- Only a current version is quarantined: the join with raw.studies drops the replaced ones.
insert into ops.quarantine
select line.nct_id, line.reason, line.path, encode(line.raw), line.content_hash, archived.run_id, archived.first_seen_at
from record_lines as line
join due_versions using (nct_id)
join raw.studies as current using (nct_id, version)
join archive.study_versions as archived on archived.nct_id = line.nct_id and archived.version = due_versions.version
where reason is not null
  and not exists (
    from ops.quarantine as quarantined
    where quarantined.content_hash = line.content_hash and quarantined.nct_id = line.nct_id
  );
