-- Return each part with a changed trial: its number, how many of its records are usable, and how many trials changed.
-- Reads: record_lines, changed_trials. Writes: nothing.
select part, count(*) as usable, count(changed.nct_id) as changed
from record_lines
left join changed_trials as changed using (part, nct_id, content_hash)
where reason is null
group by part
having changed > 0
order by part;
