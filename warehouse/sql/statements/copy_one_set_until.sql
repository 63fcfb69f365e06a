-- Do what `copy_sets_until` does, for a file that an earlier version published: it followed one set at a time.
-- Reads: $until, the attached database `published`, ops.runs. Writes: ops.run_sets, archive.memberships.
insert into ops.run_sets
select run_id, 1, condition_set, null, condition_set_digest, listed, null, null
from ops.runs
where command = 'sync' and outcome in ('published', 'unchanged');

insert into archive.memberships by name
select *, (select arg_max(condition_set, run_id) from ops.run_sets) as condition_set
from published.archive.memberships
where epoch_us(seen_at) < getvariable('until');
