insert into found_outcomes select unnest(getvariable('unchanged')::varchar[]), 'unchanged';

update raw.studies set last_checked_at = getvariable('now')
where nct_id in (select unnest(getvariable('unchanged')::varchar[]));

delete from ops.quarantine where nct_id in (select unnest(getvariable('unchanged')::varchar[]));
