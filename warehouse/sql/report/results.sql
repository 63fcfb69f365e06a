-- Returns the trials whose results are due on the day $1. Reads: reported_trials, $1.
-- Results are due twelve months after primary completion. A date of a month or a year counts from its last day, so that no
-- trial counts as overdue too early. A withdrawn trial had no participants, so it has no results.
with members as (
  select
    *,
    case primary_completion_date_precision
      when 'year' then primary_completion_date + interval 1 year - interval 1 day
      when 'month' then primary_completion_date + interval 1 month - interval 1 day
      else primary_completion_date
    end as last_day
  from reported_trials
  where overall_status is distinct from 'WITHDRAWN'
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
