insert into found_drift
select nct_id, 'key', unknown.path, null, unknown.occurrences
from (
  select nct_id, unnest(unknown_keys) as unknown
  from record_lines semi join changed_trials using (nct_id, content_hash)
);

insert into found_problems
select
  nct_id,
  'raw.studies',
  'document',
  marred.path,
  marred.text,
  'a character of it was lost before it came here: U+FFFD stands in its place'
from (
  select nct_id, unnest(marred_texts) as marred
  from record_lines semi join changed_trials using (nct_id, content_hash)
);
