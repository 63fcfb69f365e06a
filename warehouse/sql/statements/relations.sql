-- Return the first few related trials of each of these trials, nearest first: the rows of main.see_also.
-- Reads: $1 (NCT numbers), $2 (the most for each trial), main.see_also_of, main.trials. Writes: nothing.
select related.*, trial.source_url
from main.see_also_of($1) as related
join main.trials as trial on trial.nct_id = related.other_nct_id
where rank <= $2
order by related.nct_id, rank
