-- End the validity of the versions that an update replaces.
-- Reads: changed_trials, $now. Writes: main.trial_history.

-- A load may receive a trial twice. The second record replaces the version of the first.
delete from main.trial_history as earlier
where exists (
  from changed_trials as changed where changed.nct_id = earlier.nct_id and changed.version = earlier.version
);

update main.trial_history as earlier set valid_to = getvariable('now')
from changed_trials as changed
where earlier.valid_to is null
  and changed.is_update
  and changed.nct_id = earlier.nct_id;
