-- Copy the loaded versions of the trials from main.trials to main.trial_history, beside the earlier versions.
-- Reads: loaded_versions, main.trials, main.trial_versions. Writes: main.trial_history.
insert into main.trial_history by name
select
  trials.* exclude (in_condition_set, version, first_seen_at, last_changed_at, last_checked_at),
  loaded_versions.version,
  versions.valid_from,
  versions.valid_to
from main.trials
join loaded_versions using (nct_id)
join main.trial_versions as versions on versions.nct_id = loaded_versions.nct_id and versions.version = loaded_versions.version;

-- A new version ends the validity of the one before.
update main.trial_history as earlier
set valid_to = versions.valid_to
from main.trial_versions as versions
where earlier.valid_to is null
  and versions.valid_to is not null
  and versions.nct_id = earlier.nct_id
  and versions.version = earlier.version;
