-- Return what `relations.sql` returns, from a file that an earlier version published: there main.see_also is a table.
-- Reads: $1 (NCT numbers), $2 (the most for each trial), main.see_also, main.trials. Writes: nothing.
select related.*, trial.source_url
from main.see_also as related
join main.trials as trial on trial.nct_id = related.other_nct_id
where related.nct_id in (select unnest($1::varchar[])) and rank <= $2
order by related.nct_id, rank
