-- Returns the towns in which some trials ($1: NCT numbers) have sites; a town without coordinates has no latitude.
-- Reads: $1, main.sites.
select nct_id, city, country, latitude, longitude, count(*) as sites
from main.sites
where nct_id in (select unnest($1::varchar[])) and (city is not null or latitude is not null)
group by all
order by nct_id, country, city, latitude, longitude
