-- Return the first few related trials of each of these trials, nearest first.
-- Reads: $1 (NCT numbers), $2 (the most for each trial), main.see_also, main.trials. Writes: nothing.
select related.*, trial.source_url
from main.see_also as related
join main.trials as trial on trial.nct_id = related.other_nct_id
where related.nct_id in (select unnest($1::varchar[])) and related.rank <= $2
order by related.nct_id, related.rank
