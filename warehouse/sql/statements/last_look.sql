-- Return the newest sync that did not fail and that listed the condition set, and whether it set a record aside that the
-- warehouse had not seen before. Such a record is worth a second request, and the same content for a second time is not.
-- Reads: ops.runs, ops.quarantine. Writes: nothing.
select
  started_at,
  exists (
    from ops.quarantine as quarantined where quarantined.nct_id is not null and quarantined.run_id = look.run_id
  ) as has_new_quarantine
from ops.runs as look
where command = 'sync' and outcome in ('published', 'unchanged') and listed is not null
order by run_id desc
limit 1
