-- What happened to some trials, or to all, since a day or for some days before the newest run: the newest first, and of
-- a run what happened to a trial before what happened to its fields.
select changes.*
from main.changes
where ($1::varchar[] is null or nct_id in (select unnest($1::varchar[])))
  and coalesce(
    epoch_us(changed_at) >= epoch_us(cast(
      coalesce($2::date, (select cast(max(started_at) as date) from ops.runs) - $3::integer) as timestamp
    )),
    true
  )
order by changed_at desc, kind not in ('left', 'joined', 'returned'), kind desc, nct_id, version, path, element
