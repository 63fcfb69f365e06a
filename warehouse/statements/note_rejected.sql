-- A record set aside keeps its first sighting as long as the registry sends the same bytes.
insert into found_outcomes values (getvariable('nct_id'), 'quarantined');

delete from ops.quarantine
where nct_id = getvariable('nct_id') and content_hash <> getvariable('content_hash');

insert into ops.quarantine
select
  getvariable('nct_id'), getvariable('reason'), getvariable('path'), getvariable('raw'),
  getvariable('content_hash'), getvariable('run_id'), getvariable('now')
where not exists (
  from ops.quarantine
  where content_hash = getvariable('content_hash') and nct_id is not distinct from getvariable('nct_id')
);
