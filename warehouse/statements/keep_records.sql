-- The staged records become the current ones; each has a content that was not current before.
insert into found_outcomes
select staged.nct_id, case when held.nct_id is null then 'inserted' else 'updated' end
from staged_documents as staged
left join raw.studies as held using (nct_id);

create or replace temp table kept as
select
  staged.nct_id,
  staged.document,
  staged.content_hash,
  coalesce(held.version, 0) + 1 as version,
  coalesce(held.first_seen_at, getvariable('now')) as first_seen_at,
  getvariable('now') as last_changed_at,
  getvariable('now') as last_checked_at
from staged_documents as staged
left join raw.studies as held using (nct_id);

delete from raw.studies where nct_id in (select nct_id from kept);
insert into raw.studies by name from kept;
drop table kept;
delete from ops.quarantine where nct_id in (select nct_id from staged_documents);
