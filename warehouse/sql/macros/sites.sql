-- The search for sites near a place.

-- The distance on a sphere by the haversine formula. The mean radius of the earth is 6371.0088 km (IUGG), and the earth
-- is not a sphere, so a distance may be wrong by 0.5 %. The sum is rounded, because a bit above 1 has no arcsine.
create or replace macro main.distance_km(latitude_1, longitude_1, latitude_2, longitude_2) as
  2 * 6371.0088 * asin(sqrt(round(
    power(sin(radians(latitude_2 - latitude_1) / 2), 2)
    + cos(radians(latitude_1)) * cos(radians(latitude_2)) * power(sin(radians(longitude_2 - longitude_1) / 2), 2),
    15
  )));

-- A column has the name of its table before it, because the name alone is that of the parameter.
create or replace macro main.sites_near(latitude, longitude, km) as table
select *
from (
  select site.*, round(main.distance_km(latitude, longitude, site.latitude, site.longitude), 1) as distance_in_km
  from main.sites as site
)
where distance_in_km <= km
order by distance_in_km, id;
