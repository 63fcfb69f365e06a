-- Creates AACT's topics (search_results) and the two views that read them. Reads: tables of ctgov, views.sql.
-- AACT fills the topics by hand from its own searches. This warehouse has no topics, so all three views are empty:
-- a query that joins them runs and finds nothing.

create view ctgov.search_results as
select
  cast(null as bigint) as id,
  cast(null as varchar) as nct_id,
  cast(null as varchar) as name,
  cast(null as timestamp) as created_at,
  cast(null as timestamp) as updated_at,
  cast(null as varchar) as "grouping",
  cast(null as bigint) as study_search_id
where false;
comment on view ctgov.search_results is 'Trials that AACT counts under a topic; empty, because this warehouse has no topics. Grain: one row per trial and topic.';
comment on column ctgov.search_results.id is 'Number of the row.';
comment on column ctgov.search_results.nct_id is 'NCT number of the trial.';
comment on column ctgov.search_results.name is 'Name of the topic.';
comment on column ctgov.search_results.created_at is 'When AACT made the row.';
comment on column ctgov.search_results.updated_at is 'When AACT last changed the row.';
comment on column ctgov.search_results."grouping" is 'Group of topics.';
comment on column ctgov.search_results.study_search_id is 'AACT''s search that found the trial.';

create view ctgov.categories as select * from ctgov.search_results;
comment on view ctgov.categories is 'Another name of search_results; also empty. Grain: one row per trial and topic.';
comment on column ctgov.categories.id is 'Number of the row.';
comment on column ctgov.categories.nct_id is 'NCT number of the trial.';
comment on column ctgov.categories.name is 'Name of the topic.';
comment on column ctgov.categories.created_at is 'When AACT made the row.';
comment on column ctgov.categories.updated_at is 'When AACT last changed the row.';
comment on column ctgov.categories."grouping" is 'Group of topics.';
comment on column ctgov.categories.study_search_id is 'AACT''s search that found the trial.';

create view ctgov.covid_19_studies as
select
  study.nct_id,
  study.overall_status,
  study.study_type,
  study.official_title,
  study.acronym,
  study.phase,
  study.why_stopped,
  study.has_dmc,
  study.enrollment,
  study.is_fda_regulated_device,
  study.is_fda_regulated_drug,
  study.is_unapproved_device,
  study.has_expanded_access,
  study.study_first_submitted_date,
  study.last_update_posted_date,
  study.results_first_posted_date,
  study.start_date,
  study.primary_completion_date,
  study.completion_date,
  study.study_first_posted_date,
  calculated.number_of_facilities,
  calculated.has_single_facility,
  calculated.nlm_download_date,
  study.number_of_arms,
  study.number_of_groups,
  sponsor.name as lead_sponsor,
  other_id.names as other_ids,
  eligibility.gender,
  eligibility.gender_based,
  eligibility.gender_description,
  eligibility.population,
  eligibility.minimum_age,
  eligibility.maximum_age,
  eligibility.criteria,
  eligibility.healthy_volunteers,
  keyword.names as keywords,
  intervention.names as interventions,
  condition.names as conditions,
  design.primary_purpose,
  design.allocation,
  design.observational_model,
  design.intervention_model,
  design.masking,
  design.subject_masked,
  design.caregiver_masked,
  design.investigator_masked,
  design.outcomes_assessor_masked,
  outcome.names as design_outcomes,
  summary.description as brief_summary,
  detail.description as detailed_description
from ctgov.studies as study
join ctgov.sponsors as sponsor on sponsor.nct_id = study.nct_id and sponsor.lead_or_collaborator = 'lead'
left join ctgov.all_conditions as condition on condition.nct_id = study.nct_id
left join ctgov.all_id_information as other_id on other_id.nct_id = study.nct_id
left join ctgov.all_design_outcomes as outcome on outcome.nct_id = study.nct_id
left join ctgov.all_keywords as keyword on keyword.nct_id = study.nct_id
left join ctgov.all_interventions as intervention on intervention.nct_id = study.nct_id
left join ctgov.calculated_values as calculated on calculated.nct_id = study.nct_id
left join ctgov.designs as design on design.nct_id = study.nct_id
left join ctgov.eligibilities as eligibility on eligibility.nct_id = study.nct_id
left join ctgov.brief_summaries as summary on summary.nct_id = study.nct_id
left join ctgov.detailed_descriptions as detail on detail.nct_id = study.nct_id
where study.nct_id in (select nct_id from ctgov.search_results where name = 'covid-19');
comment on view ctgov.covid_19_studies is 'Trials of AACT''s topic covid-19, with AACT''s columns about each; empty, because this warehouse has no topics. Grain: one row per trial of the topic.';
comment on column ctgov.covid_19_studies.nct_id is 'NCT number of the trial.';
comment on column ctgov.covid_19_studies.overall_status is 'Overall status, the registry''s code.';
comment on column ctgov.covid_19_studies.study_type is 'Type of the study, the registry''s code.';
comment on column ctgov.covid_19_studies.official_title is 'Official title.';
comment on column ctgov.covid_19_studies.acronym is 'Acronym of the title.';
comment on column ctgov.covid_19_studies.phase is 'Phases, codes joined by /.';
comment on column ctgov.covid_19_studies.why_stopped is 'Why the trial was stopped.';
comment on column ctgov.covid_19_studies.has_dmc is 'Whether a data monitoring committee oversees the trial.';
comment on column ctgov.covid_19_studies.enrollment is 'Number of participants.';
comment on column ctgov.covid_19_studies.is_fda_regulated_device is 'Whether it studies a device that the US FDA regulates.';
comment on column ctgov.covid_19_studies.is_fda_regulated_drug is 'Whether it studies a drug that the US FDA regulates.';
comment on column ctgov.covid_19_studies.is_unapproved_device is 'Whether it studies a device that the US FDA has not approved or cleared.';
comment on column ctgov.covid_19_studies.has_expanded_access is 'Whether there is expanded access to what is studied.';
comment on column ctgov.covid_19_studies.study_first_submitted_date is 'When the record was first submitted.';
comment on column ctgov.covid_19_studies.last_update_posted_date is 'When the last update was posted.';
comment on column ctgov.covid_19_studies.results_first_posted_date is 'When results were first posted.';
comment on column ctgov.covid_19_studies.start_date is 'Start; the last day of what is known.';
comment on column ctgov.covid_19_studies.primary_completion_date is 'Primary completion; the last day of what is known.';
comment on column ctgov.covid_19_studies.completion_date is 'Completion; the last day of what is known.';
comment on column ctgov.covid_19_studies.study_first_posted_date is 'When the record was first posted.';
comment on column ctgov.covid_19_studies.number_of_facilities is 'Number of sites.';
comment on column ctgov.covid_19_studies.has_single_facility is 'Whether there is one site.';
comment on column ctgov.covid_19_studies.nlm_download_date is 'NULL, as in AACT.';
comment on column ctgov.covid_19_studies.number_of_arms is 'Number of arms of an interventional trial.';
comment on column ctgov.covid_19_studies.number_of_groups is 'Number of groups of any other study.';
comment on column ctgov.covid_19_studies.lead_sponsor is 'Lead sponsor.';
comment on column ctgov.covid_19_studies.other_ids is 'Other numbers of the trial, joined by |.';
comment on column ctgov.covid_19_studies.gender is 'Sex of the people who may take part, the registry''s code.';
comment on column ctgov.covid_19_studies.gender_based is 'Whether eligibility goes by gender.';
comment on column ctgov.covid_19_studies.gender_description is 'Who may take part, by gender, in words.';
comment on column ctgov.covid_19_studies.population is 'Population that is studied.';
comment on column ctgov.covid_19_studies.minimum_age is 'Minimum age as the record has it.';
comment on column ctgov.covid_19_studies.maximum_age is 'Maximum age as the record has it.';
comment on column ctgov.covid_19_studies.criteria is 'Eligibility criteria.';
comment on column ctgov.covid_19_studies.healthy_volunteers is 'Whether healthy volunteers may take part.';
comment on column ctgov.covid_19_studies.keywords is 'Keywords, joined by |.';
comment on column ctgov.covid_19_studies.interventions is 'Interventions, joined by |.';
comment on column ctgov.covid_19_studies.conditions is 'Conditions, joined by |.';
comment on column ctgov.covid_19_studies.primary_purpose is 'Primary purpose, the registry''s code.';
comment on column ctgov.covid_19_studies.allocation is 'Allocation, the registry''s code.';
comment on column ctgov.covid_19_studies.observational_model is 'Observational model, the registry''s code.';
comment on column ctgov.covid_19_studies.intervention_model is 'Intervention model, the registry''s code.';
comment on column ctgov.covid_19_studies.masking is 'Masking, the registry''s code.';
comment on column ctgov.covid_19_studies.subject_masked is 'Whether participants are masked.';
comment on column ctgov.covid_19_studies.caregiver_masked is 'Whether care providers are masked.';
comment on column ctgov.covid_19_studies.investigator_masked is 'Whether investigators are masked.';
comment on column ctgov.covid_19_studies.outcomes_assessor_masked is 'Whether outcome assessors are masked.';
comment on column ctgov.covid_19_studies.design_outcomes is 'Planned outcome measures, joined by |.';
comment on column ctgov.covid_19_studies.brief_summary is 'Brief summary.';
comment on column ctgov.covid_19_studies.detailed_description is 'Detailed description.';
