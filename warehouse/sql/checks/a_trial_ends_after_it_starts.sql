-- severity: warn
-- Only a warning, because the registry holds such records.
-- A month or a year has its first day as date here, so a row counts only if every day that the dates can mean is wrong.
select nct_id, start_date_raw, completion_date_raw
from main.trials
where completion_date < start_date and completion_date_precision = 'day'
  or date_trunc('month', completion_date) < date_trunc('month', start_date)
  and start_date_precision <> 'year' and completion_date_precision <> 'year'
