-- Counts the trials of the set by their number of participants, actual or expected. Reads: reported_trials.
-- A size without trials has one row with 0 trials, so that the chart shows every size.
with
sizes as (
  select * from (values
    (1, '0', 0, 0),
    (2, '1–9', 1, 9),
    (3, '10–24', 10, 24),
    (4, '25–49', 25, 49),
    (5, '50–99', 50, 99),
    (6, '100–199', 100, 199),
    (7, '200–499', 200, 499),
    (8, '500–999', 500, 999),
    (9, '1000+', 1000, 2147483647)
  ) as sizes(ordinal, participants, least, most)
),
members as (
  select
    enrollment,
    case enrollment_type when 'ACTUAL' then 'actual' when 'ESTIMATED' then 'estimated' else 'unspecified' end as kind
  from reported_trials
  where enrollment is not null
)
select participants, coalesce(kind, 'actual') as kind, count(kind) as trials
from sizes
left join members on enrollment between least and most
group by ordinal, participants, kind
order by ordinal, kind
