-- Collect the unknown keys of the changed trials' records, and their texts that have lost a character.
-- Reads: record_lines, changed_trials. Writes: found_drift, found_problems.
insert into found_drift
select nct_id, 'key', unknown_key.path, null, unknown_key.occurrences
from (
  select nct_id, unnest(unknown_keys) as unknown_key
  from record_lines semi join changed_trials using (nct_id, content_hash)
);

insert into found_problems
select
  nct_id,
  'raw.studies',
  'document',
  damaged_text.path,
  damaged_text.text,
  'a character was lost before the text came here: U+FFFD is in its place'
from (
  select nct_id, unnest(marred_texts) as damaged_text
  from record_lines semi join changed_trials using (nct_id, content_hash)
);
