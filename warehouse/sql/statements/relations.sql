-- The first few ($2) related trials of each of some trials ($1), in their order.
select related.*, trial.source_url
from main.see_also as related
join main.trials as trial on trial.nct_id = related.other_nct_id
where related.nct_id in (select unnest($1::varchar[])) and related.rank <= $2
order by related.nct_id, related.rank
