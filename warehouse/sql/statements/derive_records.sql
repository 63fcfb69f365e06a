-- Choose which archived records get rows again: those that fit the catalog. Quarantine the others.
-- Reads: record_lines, due_versions, archived_versions. Writes: changed_trials, ops.quarantine.
create or replace temp table changed_trials as
select part, nct_id, content_hash, false as is_update, version, valid_from, valid_to
from record_lines
join due_versions using (nct_id)
join archived_versions using (nct_id, version)
where reason is null;

-- Only a current version is quarantined.
insert into ops.quarantine
select line.nct_id, line.reason, line.path, encode(line.raw), line.content_hash, archived.run_id, archived.valid_from
from record_lines as line
join due_versions using (nct_id)
join archived_versions as archived using (nct_id, version)
where reason is not null
  and archived.is_current
  and not exists (
    from ops.quarantine as quarantined
    where quarantined.content_hash = line.content_hash and quarantined.nct_id = line.nct_id
  );
