-- Creates AACT's views of the values of a trial in one text, joined by `|`. Reads: tables of ctgov.
-- Where AACT leaves the order open, it is the order of the record. Where AACT takes each value once, the values are sorted.
-- A missing value is left out, so the text may be empty.

create view ctgov.all_browse_conditions as
select nct_id, coalesce(string_agg(distinct mesh_term collate "C", '|' order by mesh_term collate "C"), '') as names
from ctgov.browse_conditions
group by nct_id;
comment on view ctgov.all_browse_conditions is 'MeSH terms of the trial''s conditions, with those above them, in one text. Grain: one row per trial that has any.';
comment on column ctgov.all_browse_conditions.nct_id is 'NCT number of the trial.';
comment on column ctgov.all_browse_conditions.names is 'MeSH terms of the trial''s conditions, with those above them, each once, sorted, joined by |.';

create view ctgov.all_browse_interventions as
select nct_id, coalesce(string_agg(mesh_term, '|' order by id), '') as names
from ctgov.browse_interventions
group by nct_id;
comment on view ctgov.all_browse_interventions is 'MeSH terms of the trial''s interventions, with those above them, in one text. Grain: one row per trial that has any.';
comment on column ctgov.all_browse_interventions.nct_id is 'NCT number of the trial.';
comment on column ctgov.all_browse_interventions.names is 'MeSH terms of the trial''s interventions, with those above them, in the record''s order, joined by |.';

create view ctgov.all_cities as
select nct_id, coalesce(string_agg(distinct city collate "C", '|' order by city collate "C"), '') as names
from ctgov.facilities
group by nct_id;
comment on view ctgov.all_cities is 'Cities of the trial''s sites, in one text. Grain: one row per trial that has any.';
comment on column ctgov.all_cities.nct_id is 'NCT number of the trial.';
comment on column ctgov.all_cities.names is 'Cities of the trial''s sites, each once, sorted, joined by |.';

create view ctgov.all_conditions as
select nct_id, coalesce(string_agg(distinct name collate "C", '|' order by name collate "C"), '') as names
from ctgov.conditions
group by nct_id;
comment on view ctgov.all_conditions is 'Conditions of the trial, in one text. Grain: one row per trial that has any.';
comment on column ctgov.all_conditions.nct_id is 'NCT number of the trial.';
comment on column ctgov.all_conditions.names is 'Conditions of the trial, each once, sorted, joined by |.';

create view ctgov.all_countries as
select nct_id, coalesce(string_agg(distinct name collate "C", '|' order by name collate "C"), '') as names
from ctgov.countries
where removed is not true
group by nct_id;
comment on view ctgov.all_countries is 'Countries of the trial, without removed ones, in one text. Grain: one row per trial that has any.';
comment on column ctgov.all_countries.nct_id is 'NCT number of the trial.';
comment on column ctgov.all_countries.names is 'Countries of the trial, without removed ones, each once, sorted, joined by |.';

create view ctgov.all_design_outcomes as
select nct_id, coalesce(string_agg(distinct measure collate "C", '|' order by measure collate "C"), '') as names
from ctgov.design_outcomes
group by nct_id;
comment on view ctgov.all_design_outcomes is 'Planned outcome measures of the trial, in one text. Grain: one row per trial that has any.';
comment on column ctgov.all_design_outcomes.nct_id is 'NCT number of the trial.';
comment on column ctgov.all_design_outcomes.names is 'Planned outcome measures of the trial, each once, sorted, joined by |.';

create view ctgov.all_facilities as
select nct_id, coalesce(string_agg(name, '|' order by id), '') as names
from ctgov.facilities
group by nct_id;
comment on view ctgov.all_facilities is 'Sites of the trial, in one text. Grain: one row per trial that has any.';
comment on column ctgov.all_facilities.nct_id is 'NCT number of the trial.';
comment on column ctgov.all_facilities.names is 'Sites of the trial, in the record''s order, joined by |.';

create view ctgov.all_group_types as
select nct_id, coalesce(string_agg(distinct group_type collate "C", '|' order by group_type collate "C"), '') as names
from ctgov.design_groups
group by nct_id;
comment on view ctgov.all_group_types is 'Types of the trial''s arms, in one text. Grain: one row per trial that has any.';
comment on column ctgov.all_group_types.nct_id is 'NCT number of the trial.';
comment on column ctgov.all_group_types.names is 'Types of the trial''s arms, each once, sorted, joined by |.';

create view ctgov.all_id_information as
select nct_id, coalesce(string_agg(distinct id_value collate "C", '|' order by id_value collate "C"), '') as names
from ctgov.id_information
group by nct_id;
comment on view ctgov.all_id_information is 'Other numbers of the trial, in one text. Grain: one row per trial that has any.';
comment on column ctgov.all_id_information.nct_id is 'NCT number of the trial.';
comment on column ctgov.all_id_information.names is 'Other numbers of the trial, each once, sorted, joined by |.';

create view ctgov.all_intervention_types as
select nct_id, coalesce(string_agg(intervention_type, '|' order by id), '') as names
from ctgov.interventions
group by nct_id;
comment on view ctgov.all_intervention_types is 'Types of the trial''s interventions, one for each intervention, in one text. Grain: one row per trial that has any.';
comment on column ctgov.all_intervention_types.nct_id is 'NCT number of the trial.';
comment on column ctgov.all_intervention_types.names is 'Types of the trial''s interventions, one for each intervention, in the record''s order, joined by |.';

create view ctgov.all_interventions as
select nct_id, coalesce(string_agg(name, '|' order by id), '') as names
from ctgov.interventions
group by nct_id;
comment on view ctgov.all_interventions is 'Interventions of the trial, in one text. Grain: one row per trial that has any.';
comment on column ctgov.all_interventions.nct_id is 'NCT number of the trial.';
comment on column ctgov.all_interventions.names is 'Interventions of the trial, in the record''s order, joined by |.';

create view ctgov.all_keywords as
select nct_id, coalesce(string_agg(distinct name collate "C", '|' order by name collate "C"), '') as names
from ctgov.keywords
group by nct_id;
comment on view ctgov.all_keywords is 'Keywords of the trial, in one text. Grain: one row per trial that has any.';
comment on column ctgov.all_keywords.nct_id is 'NCT number of the trial.';
comment on column ctgov.all_keywords.names is 'Keywords of the trial, each once, sorted, joined by |.';

create view ctgov.all_overall_official_affiliations as
select nct_id, coalesce(string_agg(affiliation, '|' order by id), '') as names
from ctgov.overall_officials
group by nct_id;
comment on view ctgov.all_overall_official_affiliations is 'Affiliations of the trial''s officials, in one text. Grain: one row per trial that has any.';
comment on column ctgov.all_overall_official_affiliations.nct_id is 'NCT number of the trial.';
comment on column ctgov.all_overall_official_affiliations.names is 'Affiliations of the trial''s officials, in the record''s order, joined by |.';

create view ctgov.all_overall_officials as
select nct_id, coalesce(string_agg(name, '|' order by id), '') as names
from ctgov.overall_officials
group by nct_id;
comment on view ctgov.all_overall_officials is 'Officials of the trial, in one text. Grain: one row per trial that has any.';
comment on column ctgov.all_overall_officials.nct_id is 'NCT number of the trial.';
comment on column ctgov.all_overall_officials.names is 'Officials of the trial, in the record''s order, joined by |.';

create view ctgov.all_primary_outcome_measures as
select nct_id, coalesce(string_agg(distinct measure collate "C", '|' order by measure collate "C"), '') as names
from ctgov.design_outcomes
where outcome_type = 'primary'
group by nct_id;
comment on view ctgov.all_primary_outcome_measures is 'Planned primary outcome measures of the trial, in one text. Grain: one row per trial that has any.';
comment on column ctgov.all_primary_outcome_measures.nct_id is 'NCT number of the trial.';
comment on column ctgov.all_primary_outcome_measures.names is 'Planned primary outcome measures of the trial, each once, sorted, joined by |.';

create view ctgov.all_secondary_outcome_measures as
select nct_id, coalesce(string_agg(distinct measure collate "C", '|' order by measure collate "C"), '') as names
from ctgov.design_outcomes
where outcome_type = 'secondary'
group by nct_id;
comment on view ctgov.all_secondary_outcome_measures is 'Planned secondary outcome measures of the trial, in one text. Grain: one row per trial that has any.';
comment on column ctgov.all_secondary_outcome_measures.nct_id is 'NCT number of the trial.';
comment on column ctgov.all_secondary_outcome_measures.names is 'Planned secondary outcome measures of the trial, each once, sorted, joined by |.';

create view ctgov.all_sponsors as
select nct_id, coalesce(string_agg(distinct name collate "C", '|' order by name collate "C"), '') as names
from ctgov.sponsors
group by nct_id;
comment on view ctgov.all_sponsors is 'Lead sponsor and collaborators of the trial, in one text. Grain: one row per trial that has any.';
comment on column ctgov.all_sponsors.nct_id is 'NCT number of the trial.';
comment on column ctgov.all_sponsors.names is 'Lead sponsor and collaborators of the trial, each once, sorted, joined by |.';

create view ctgov.all_states as
select nct_id, coalesce(string_agg(distinct state collate "C", '|' order by state collate "C"), '') as names
from ctgov.facilities
group by nct_id;
comment on view ctgov.all_states is 'States or provinces of the trial''s sites, in one text. Grain: one row per trial that has any.';
comment on column ctgov.all_states.nct_id is 'NCT number of the trial.';
comment on column ctgov.all_states.names is 'States or provinces of the trial''s sites, each once, sorted, joined by |.';
