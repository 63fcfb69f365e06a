-- Copy the changed trials' rows to main.trial_history, beside their earlier versions.
-- Reads: new_trials (rows of main.trials without what the warehouse keeps), changed_trials. Writes: main.trial_history.
insert into main.trial_history by name
select new_trials.*, changed.version, changed.valid_from, changed.valid_to
from new_trials
join changed_trials as changed using (nct_id);
