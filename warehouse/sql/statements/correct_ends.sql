-- Correct the ends of runs whose times were corrected, and of those that a clock dated in the future on the way.
-- Reads: corrected_times, $now, $latest. Writes: ops.runs, ops.migrations.
update ops.runs
set finished_at = started_at + to_microseconds(cast(coalesce(seconds, 0) * 1e6 as bigint))
where finished_at is not null
  and (run_id in (select run_id from corrected_times) or finished_at > cast(getvariable('latest') as timestamp));

update ops.migrations set applied_at = cast(getvariable('now') as timestamp) where applied_at > cast(getvariable('latest') as timestamp);
