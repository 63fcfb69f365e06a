-- Counts the trials and the sites of the set by country. Reads: reported_trials, ctgov.facilities.
with trial_sites as (
  select coalesce(site.country, 'Country not given') as country, site.nct_id
  from ctgov.facilities as site
  join reported_trials as trial on trial.nct_id = site.nct_id
)
select country, count(distinct nct_id) as trials, count(*) as sites
from trial_sites
group by country
order by trials desc, sites desc, country
