insert into found_drift
select nct_id, 'key', unknown.path, null, unknown.occurrences
from (
  select nct_id, unnest(unknown_keys) as unknown
  from lines semi join changed using (nct_id, content_hash)
);
