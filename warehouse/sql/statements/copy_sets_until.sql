-- Copy what the published warehouse knew of condition sets and their members, after `copy_until`.
-- Reads: $until, the attached database `published`, ops.runs. Writes: ops.run_sets, archive.memberships.
insert into ops.run_sets by name from published.ops.run_sets where run_id in (select run_id from ops.runs);
insert into archive.memberships by name from published.archive.memberships where epoch_us(seen_at) < getvariable('until');
