-- Sites, and the search for those near a place.

create view main.sites as
select
  facility.id,
  facility.nct_id,
  facility.name,
  facility.city,
  facility.state,
  facility.zip,
  facility.country,
  facility.status,
  coalesce(status.label, facility.status) as status_label,
  facility.latitude,
  facility.longitude,
  trial.overall_status,
  trial.status_group
from ctgov.facilities as facility
join main.trials as trial using (nct_id)
left join codes.recruitment_status as status on status.code = facility.status;
comment on view main.sites is 'Where each trial takes place; contacts and investigators are in ctgov.facility_contacts and ctgov.facility_investigators. Grain: one row per trial and site.';
comment on column main.sites.id is 'Row of ctgov.facilities.';
comment on column main.sites.nct_id is 'NCT number of the trial.';
comment on column main.sites.name is 'Name of the site.';
comment on column main.sites.city is 'City.';
comment on column main.sites.state is 'State or province.';
comment on column main.sites.zip is 'Postal code.';
comment on column main.sites.country is 'Country, in the registry''s own naming.';
comment on column main.sites.status is 'Recruitment status of the site, the registry''s code; NULL if the record does not say.';
comment on column main.sites.status_label is 'Recruitment status of the site in the registry''s wording.';
comment on column main.sites.latitude is 'Latitude of the site''s town in degrees, as the registry found it; NULL if it did not.';
comment on column main.sites.longitude is 'Longitude of the site''s town in degrees.';
comment on column main.sites.overall_status is 'Overall status of the trial, the registry''s code.';
comment on column main.sites.status_group is 'Group of the trial''s overall status; open if it recruits.';

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
