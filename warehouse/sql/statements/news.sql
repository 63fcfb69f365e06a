-- Return the news of each run and trial, the newest first.
-- Reads: $1 (a run: only later ones count), $2 (a number of days before the day of the newest run; NULL for all),
-- main.news, main.trials, ops.runs. Writes: nothing.
select
  news.changed_at,
  news.run_id,
  news.nct_id,
  news.brief_title,
  source_url,
  status_label,
  list(event order by list_position(['began', 'joined', 'opened', 'stopped', 'results', 'sites'], event)) as events,
  max(number) as number,
  list_sort(list_distinct(flatten(list(news.condition_sets)))) as all_sets
from main.news
left join main.trials using (nct_id)
where news.run_id > $1
  and coalesce(
    cast(news.changed_at as date) >= (select cast(max(started_at) as date) from ops.runs) - $2::integer,
    true
  )
group by
  news.changed_at,
  news.run_id,
  news.nct_id,
  news.brief_title,
  source_url,
  status_label,
  if(news.nct_id is null, news.condition_sets, null)  -- two sets may begin in one run
order by news.run_id desc, news.nct_id nulls first, all_sets
