-- The trials whose results are to be expected on the day $1: the last day that their primary completion date may mean lies
-- more than twelve months before it, and they were not withdrawn before anybody joined.
with members as (
  select
    *,
    case primary_completion_date_precision
      when 'year' then primary_completion_date + interval 1 year - interval 1 day
      when 'month' then primary_completion_date + interval 1 month - interval 1 day
      else primary_completion_date
    end as last_day
  from main.trials
  where in_condition_set and overall_status is distinct from 'WITHDRAWN'
)
select
  nct_id,
  brief_title,
  coalesce(status_label, overall_status) as status,
  status_group,
  lead_sponsor,
  primary_completion_date_raw as primary_completion,
  year(primary_completion_date) as year,
  datesub('month', last_day::date, $1::date) as months,
  case
    when has_results then 'posted'
    when primary_completion_date_type = 'ACTUAL' then 'overdue'
    else 'unconfirmed'
  end as state
from members
where last_day + interval 12 months < $1::date
order by primary_completion_date, nct_id
