-- The fields of the registry's summary page of a trial, in the page's wording and order. `aclf show` prints it.

create view main.trial_summary as
with
masked as (
  select nct_id, string_agg(coalesce(who_masked.label, code), ', ' order by who_masked."order", code collate "C") as who_masked
  from (select nct_id, unnest(who_masked) as code from ctgov.designs) as masked_role
  left join codes.who_masked using (code)
  group by nct_id
),
designs as (
  select
    design.nct_id,
    coalesce(allocation.label, design.allocation) as allocation,
    coalesce(intervention_model.label, design.intervention_model) as intervention_model,
    coalesce(observational_model.label, design.observational_model) as observational_model,
    coalesce(time_perspective.label, design.time_perspective) as time_perspective,
    coalesce(masking.label, design.masking) as masking,
    masked.who_masked,
    coalesce(primary_purpose.label, design.primary_purpose) as primary_purpose
  from ctgov.designs as design
  left join codes.allocation on allocation.code = design.allocation
  left join codes.intervention_model on intervention_model.code = design.intervention_model
  left join codes.observational_model on observational_model.code = design.observational_model
  left join codes.time_perspective on time_perspective.code = design.time_perspective
  left join codes.masking on masking.code = design.masking
  left join masked using (nct_id)
  left join codes.primary_purpose on primary_purpose.code = design.primary_purpose
),
interventions as (
  select
    intervention.nct_id,
    string_agg(
      intervention.name || coalesce(' (' || coalesce(type.label, intervention.intervention_type) || ')', ''),
      '; ' order by intervention.id
    ) as named
  from ctgov.interventions as intervention
  left join codes.intervention_type as type on type.code = intervention.intervention_type
  group by intervention.nct_id
),
design_words as (
  select nct_id, 1 as place, 'Allocation: ' || allocation as words from designs
  union all select nct_id, 2, 'Intervention model: ' || intervention_model from designs
  union all select nct_id, 3, 'Observational model: ' || observational_model from designs
  union all select nct_id, 4, 'Time perspective: ' || time_perspective from designs
  union all select nct_id, 5, 'Masking: ' || masking || coalesce(' (' || who_masked || ')', '') from designs
  union all select nct_id, 6, 'Primary purpose: ' || primary_purpose from designs
  union all
  select
    nct_id,
    7,
    'Enrollment: ' || enrollment || case when enrollment = 1 then ' participant' else ' participants' end
    || coalesce(' (' || lower(coalesce(type.label, enrollment_type)) || ')', '')
  from main.trials
  left join codes.enrollment_type as type on type.code = enrollment_type
  union all select nct_id, 8, 'Interventions: ' || named from interventions
),
study_designs as (
  select nct_id, array_agg(words order by place) as study_design
  from design_words
  where words is not null
  group by nct_id
),
mesh_terms as (
  select nct_id, array_agg(mesh_term order by place, id) as mesh_terms
  from (
    select nct_id, 1 as place, id, mesh_term from ctgov.browse_conditions where mesh_type = 'mesh-list'
    union all
    select nct_id, 2, id, mesh_term from ctgov.browse_interventions where mesh_type = 'mesh-list'
  ) as mesh_term
  group by nct_id
)
select
  trial.brief_title,
  trial.brief_summary,
  detailed.description as detailed_description,
  study_designs.study_design,
  trial.conditions,
  mesh_terms.mesh_terms,
  trial.nct_id,
  coalesce(study_type.label, trial.study_type) as study_type_label,
  trial.lead_sponsor,
  trial.contact_name,
  trial.contact_phone,
  trial.contact_email,
  coalesce(trial.status_label, trial.overall_status) as status_label,
  coalesce(last_known.label, trial.last_known_status) as last_known_status_label,
  trial.why_stopped,
  coalesce(trial.phase_label, trial.phase) as phase_label,
  main.date_label(trial.start_date, trial.start_date_precision, trial.start_date_raw) as start_label,
  main.date_label(trial.completion_date, trial.completion_date_precision, trial.completion_date_raw) as completion_label,
  member.left_reason,
  trial.source_url
from main.trials as trial
left join ctgov.detailed_descriptions as detailed using (nct_id)
left join study_designs using (nct_id)
left join mesh_terms using (nct_id)
left join codes.study_type on study_type.code = trial.study_type
left join codes.overall_status as last_known on last_known.code = trial.last_known_status
left join main.condition_set_members as member using (nct_id);

comment on view main.trial_summary is 'What the summary page of a trial shows (`aclf show`), in the page''s wording and order. Grain: one row per trial.';
comment on column main.trial_summary.brief_title is 'Title of the page.';
comment on column main.trial_summary.brief_summary is 'Clinical Trial Summary: the short description, as it is in the record (with its markup).';
comment on column main.trial_summary.detailed_description is 'Clinical Trial Description: the long description, as it is in the record (with its markup).';
comment on column main.trial_summary.study_design is 'Study Design: one text per fact, such as Masking: Double (Participant, Investigator).';
comment on column main.trial_summary.conditions is 'Related Conditions, in the words and order of the record.';
comment on column main.trial_summary.mesh_terms is 'MeSH terms of the conditions, then of the interventions, without their ancestors.';
comment on column main.trial_summary.nct_id is 'NCT number.';
comment on column main.trial_summary.study_type_label is 'Study type in the registry''s wording (Interventional).';
comment on column main.trial_summary.lead_sponsor is 'Source: name of the lead sponsor.';
comment on column main.trial_summary.contact_name is 'Contact: the first central contact.';
comment on column main.trial_summary.contact_phone is 'Phone number of the contact.';
comment on column main.trial_summary.contact_email is 'E-mail address of the contact.';
comment on column main.trial_summary.status_label is 'Status in the registry''s wording (Not yet recruiting).';
comment on column main.trial_summary.last_known_status_label is 'Status before it became unknown, in the registry''s wording; NULL if the status is known.';
comment on column main.trial_summary.why_stopped is 'Why the trial was stopped, as it is in the record (with its markup).';
comment on column main.trial_summary.phase_label is 'Phase in the registry''s wording (Phase 1/Phase 2, N/A); NULL if the record has none.';
comment on column main.trial_summary.start_label is 'Start date in the page''s form (October 1, 2019; October 2015 if only the month is known), or the record''s text if that cannot be read.';
comment on column main.trial_summary.completion_label is 'Completion date in the page''s form, or the record''s text if that cannot be read.';
comment on column main.trial_summary.left_reason is 'Why the trial is no longer in the condition set; NULL if it is in the set, or never was.';
comment on column main.trial_summary.source_url is 'The trial''s page on ClinicalTrials.gov.';
