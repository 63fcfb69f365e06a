-- Add the new records of one part to the archive.
-- Reads: part_records (nct_id, content_hash, document), changed_trials, $run_id, $now. Writes: archive.study_versions.
insert into archive.study_versions by name
select
  nct_id,
  version,
  content_hash,
  document,
  getvariable('now') as first_seen_at,
  getvariable('now') as last_seen_at,
  getvariable('run_id') as run_id
from part_records
join changed_trials using (nct_id, content_hash);
