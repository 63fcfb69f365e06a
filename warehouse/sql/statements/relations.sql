-- Return the first few related trials of each of these trials, nearest first: the rows of main.see_also.
-- A larger set is ranked here and not by the view, which is fast for one trial only.
-- Reads: $1 (NCT numbers), $2 (the most for each trial), asked_terms, raw.kept_relations, main.trials. Writes: nothing.
with relations as (
  from raw.kept_relations where nct_id in (select unnest($1::varchar[]))
  union all by name
  from raw.rank_related('asked_terms')
)
select
  relations.nct_id,
  rank,
  other_nct_id,
  coalesce(trial.status_label, trial.overall_status) as status_label,
  trial.brief_title,
  coalesce(trial.phase_label, trial.phase) as phase_label,
  points / 1000 as score,
  shared,
  trial.source_url
from relations
join main.trials as trial on trial.nct_id = relations.other_nct_id
where rank <= $2
order by relations.nct_id, rank
