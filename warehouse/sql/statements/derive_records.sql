-- The lines are of records in the archive: those that fit are made rows of again, the others are set aside.
create or replace temp table changed_trials as
select nct_id, content_hash, false as is_update, version
from record_lines
join due_versions using (nct_id)
where reason is null;

insert into ops.quarantine
select line.nct_id, line.reason, line.path, encode(line.raw), line.content_hash, archived.run_id, archived.first_seen_at
from record_lines as line
join due_versions using (nct_id)
join raw.studies as current using (nct_id, version)
join archive.study_versions as archived on archived.nct_id = line.nct_id and archived.version = due_versions.version
where reason is not null
  and not exists (
    from ops.quarantine as kept
    where kept.content_hash = line.content_hash and kept.nct_id = line.nct_id
  );
