-- Insert what was found to have changed.
-- Reads: $1 to $9 (lists: nct_id, version, changed_at, path, element, kind, weight, old_value, new_value).
-- Writes: main.trial_changes.
insert into main.trial_changes by name
select
  unnest($1::varchar[]) as nct_id,
  unnest($2::integer[]) as version,
  unnest($3::timestamp[]) as changed_at,
  unnest($4::varchar[]) as path,
  unnest($5::varchar[]) as element,
  unnest($6::varchar[]) as kind,
  unnest($7::varchar[]) as weight,
  unnest($8::varchar[]) as old_value,
  unnest($9::varchar[]) as new_value
