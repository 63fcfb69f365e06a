-- Returns one row: the set in figures. Reads: reported_trials, ctgov.facilities.
-- Without trials the cross join has no row; the aggregates still return one, so its sums need `coalesce`.
with
members as (from reported_trials),
sites as (
  select count(*) as sites, count(distinct country) as countries
  from ctgov.facilities
  where nct_id in (select nct_id from members)
)
select
  count(*) as trials,
  count(*) filter (status_group = 'open') as open,
  count(*) filter (status_group = 'planned') as planned,
  count(*) filter (status_group = 'completed') as completed,
  count(*) filter (has_results) as with_results,
  coalesce(sum(enrollment) filter (enrollment_type = 'ACTUAL'), 0) as enrolled,
  coalesce(sum(enrollment) filter (enrollment_type = 'ESTIMATED'), 0) as expected,
  count(distinct lead_sponsor) as sponsors,
  median(enrollment) filter (enrollment > 0) as median_enrollment,
  coalesce(any_value(sites.sites), 0) as sites,
  coalesce(any_value(sites.countries), 0) as countries
from members, sites
