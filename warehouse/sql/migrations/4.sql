-- Make every time a TIMESTAMP in UTC: a client needs no further package to read it, and AACT has it so.
alter table archive.study_versions alter first_seen_at type timestamp using timezone('UTC', first_seen_at);
alter table archive.study_versions alter last_seen_at type timestamp using timezone('UTC', last_seen_at);
alter table archive.memberships alter seen_at type timestamp using timezone('UTC', seen_at);
alter table ops.runs alter started_at type timestamp using timezone('UTC', started_at);
alter table ops.runs alter finished_at type timestamp using timezone('UTC', finished_at);
alter table ops.quarantine alter first_seen_at type timestamp using timezone('UTC', first_seen_at);
alter table ops.problems alter first_seen_at type timestamp using timezone('UTC', first_seen_at);
alter table ops.drift alter first_seen_at type timestamp using timezone('UTC', first_seen_at);
alter table ops.drift alter last_seen_at type timestamp using timezone('UTC', last_seen_at);
alter table ops.migrations alter applied_at type timestamp using timezone('UTC', applied_at);
