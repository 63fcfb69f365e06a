-- How many trials started, or are expected to start, in each year from the first on.
with
started as (
  select
    year(start_date) as year,
    case start_date_type when 'ACTUAL' then 'actual' when 'ESTIMATED' then 'estimated' else 'untold' end as kind
  from main.trials
  where in_condition_set and start_date is not null
),
years as (select unnest(range(min(year), max(year) + 1)) as year from started)
select year, coalesce(kind, 'actual') as kind, count(kind) as trials
from years
left join started using (year)
group by all
order by year, kind
