-- Return the changes of some trials ($1), or of all trials if $1 is NULL, newest first.
-- Reads: $1 (NCT numbers), $2 (the first day), $3 (a number of days), main.changes, ops.runs. Writes: nothing.
-- If $2 is NULL, the first day is $3 days before the day of the newest run. If both are NULL, all days count.
select changes.*
from main.changes
where ($1::varchar[] is null or nct_id in (select unnest($1::varchar[])))
  -- Compared in microseconds since 1970: an earlier version has published the times with a zone.
  and coalesce(
    epoch_us(changed_at) >= epoch_us(cast(
      coalesce($2::date, (select cast(max(started_at) as date) from ops.runs) - $3::integer) as timestamp
    )),
    true
  )
-- Of one run, a change of a trial's membership comes before the changes of its fields.
order by changed_at desc, kind not in ('left', 'joined', 'returned'), kind desc, nct_id, version, path, element
