-- The search for sites near a place, as the macros of these names.

-- PostgreSQL rounds only numeric to a number of digits, and so do those who use the distance.
create function main.distance_km(
  latitude_1 double precision, longitude_1 double precision, latitude_2 double precision, longitude_2 double precision
) returns numeric
language sql immutable parallel safe
as $function$
select (2 * 6371.0088 * asin(sqrt(round((
  power(sin(radians(latitude_2 - latitude_1) / 2), 2)
  + cos(radians(latitude_1)) * cos(radians(latitude_2)) * power(sin(radians(longitude_2 - longitude_1) / 2), 2)
)::numeric, 15)::double precision)))::numeric
$function$;
comment on function main.distance_km(double precision, double precision, double precision, double precision) is 'The distance of two places in kilometres on a sphere, by the haversine formula. It may be wrong by 0.5 %.';

create function main.sites_near(latitude double precision, longitude double precision, km double precision)
returns table (
  id main.sites.id%type,
  nct_id main.sites.nct_id%type,
  name main.sites.name%type,
  city main.sites.city%type,
  state main.sites.state%type,
  zip main.sites.zip%type,
  country main.sites.country%type,
  status main.sites.status%type,
  status_label main.sites.status_label%type,
  latitude main.sites.latitude%type,
  longitude main.sites.longitude%type,
  overall_status main.sites.overall_status%type,
  status_group main.sites.status_group%type,
  distance_in_km numeric
)
language sql stable parallel safe
as $function$
select *
from (
  select site.*, round(main.distance_km($1, $2, site.latitude, site.longitude), 1) as distance_in_km
  from main.sites as site
) as found
where found.distance_in_km <= $3
order by found.distance_in_km, found.id
$function$;
comment on function main.sites_near(double precision, double precision, double precision) is 'The sites within a number of kilometres of a place, the nearest first: the rows of main.sites, and the distance.';
