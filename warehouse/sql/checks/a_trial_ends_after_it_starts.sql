-- severity: warn
-- The registry holds such records. A month or a year is compared by its first day, so only a sure reversal counts.
select nct_id, start_date_raw, completion_date_raw
from main.trials
where completion_date < start_date and completion_date_precision = 'day'
  or date_trunc('month', completion_date) < date_trunc('month', start_date)
  and start_date_precision <> 'year' and completion_date_precision <> 'year'
