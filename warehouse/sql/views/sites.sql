-- Sites; the function main.sites_near searches for those near a place.

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
