-- Counts the trials of the set by year of start, actual or expected. Reads: reported_trials.
-- A year without trials has one row with 0 trials, so that the chart has no gap.
with
started as (
  select
    year(start_date) as year,
    case start_date_type when 'ACTUAL' then 'actual' when 'ESTIMATED' then 'estimated' else 'unspecified' end as kind
  from reported_trials
  where start_date is not null
),
years as (select unnest(range(min(year), max(year) + 1)) as year from started)
select year, coalesce(kind, 'actual') as kind, count(kind) as trials
from years
left join started using (year)
group by all
order by year, kind
