-- A trial that an earlier round of this load had too: what came last counts.
delete from found_problems where nct_id in (select nct_id from changed_trials);
delete from found_drift where nct_id in (select nct_id from changed_trials);
delete from loaded_versions where nct_id in (select nct_id from changed_trials);
insert into loaded_versions select nct_id, version from changed_trials;
