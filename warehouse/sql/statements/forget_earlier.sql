-- Remove what an earlier round of this load found of the trials that this round loads. The last record of a trial counts.
-- Reads: changed_trials. Writes: found_problems, found_drift, loaded_versions.
delete from found_problems where nct_id in (select nct_id from changed_trials);
delete from found_drift where nct_id in (select nct_id from changed_trials);
delete from loaded_versions where nct_id in (select nct_id from changed_trials);
insert into loaded_versions select nct_id, version from changed_trials;
