-- A trial that an earlier round of this load had too: what came last counts.
delete from found_problems where nct_id in (select nct_id from changed);
delete from found_drift where nct_id in (select nct_id from changed);
delete from loaded where nct_id in (select nct_id from changed);
insert into loaded select nct_id, version from changed;
