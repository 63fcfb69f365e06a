-- Return what the records of these trials say beyond their summaries: one row per list, trial and entry of the list.
-- Reads: $1 (NCT numbers), tables of main, ctgov and codes. Writes: nothing.
select 'interventions' as list_name, nct_id, id, to_json(each) as details
from (
  select intervention.*, coalesce(type.label, intervention.intervention_type) as type_label
  from main.interventions as intervention
  left join codes.intervention_type as type on type.code = intervention.intervention_type
) as each
where list_contains($1::varchar[], nct_id)
union all
select 'outcomes', nct_id, id, to_json(each) from main.outcomes as each where list_contains($1::varchar[], nct_id)
union all
select 'criteria', nct_id, id, to_json(each) from main.criteria as each where list_contains($1::varchar[], nct_id)
union all
select 'mentions', nct_id, id, to_json(each) from main.mentions as each where list_contains($1::varchar[], nct_id)
union all
select 'sites', nct_id, id, to_json(each) from main.sites as each where list_contains($1::varchar[], nct_id)
union all
select 'eligibility', nct_id, id, to_json(each)
from (
  select
    eligible.id,
    eligible.nct_id,
    eligible.gender as sex,
    coalesce(sex.label, eligible.gender) as sex_label,
    eligible.gender_based as sex_is_gender,
    eligible.gender_description as sex_description,
    eligible.minimum_age,
    eligible.maximum_age,
    eligible.healthy_volunteers,
    eligible.population,
    coalesce(method.label, eligible.sampling_method) as sampling_method_label
  from ctgov.eligibilities as eligible
  left join codes.sex on sex.code = eligible.gender
  left join codes.sampling_method as method on method.code = eligible.sampling_method
) as each
where list_contains($1::varchar[], nct_id)
union all
select 'arms', nct_id, id, to_json(each)
from (
  select arm.*, coalesce(type.label, arm.group_type) as type_label
  from ctgov.design_groups as arm
  left join codes.arm_group_type as type on type.code = arm.group_type
) as each
where list_contains($1::varchar[], nct_id)
union all
select 'contacts', nct_id, id, to_json(each)
from (
  select contact.*, coalesce(role.label, contact.role) as role_label
  from (
    select id, nct_id, null as facility_id, role, name, phone, phone_extension, email from ctgov.central_contacts
    union all
    select id, nct_id, facility_id, role, name, phone, phone_extension, email from ctgov.facility_contacts
    union all
    select id, nct_id, facility_id, role, name, phone, phone_extension, email from ctgov.facility_investigators
  ) as contact
  left join codes.contact_role as role on role.code = contact.role
) as each
where list_contains($1::varchar[], nct_id)
union all
select 'removed_countries', nct_id, id, to_json(each)
from ctgov.countries as each
where removed and list_contains($1::varchar[], nct_id)
union all
select 'sponsors', nct_id, id, to_json(each)
from ctgov.sponsors as each
where list_contains($1::varchar[], nct_id)
union all
select 'officials', nct_id, id, to_json(each)
from (
  select official.*, coalesce(role.label, official.role) as role_label
  from ctgov.overall_officials as official
  left join codes.official_role as role on role.code = official.role
) as each
where list_contains($1::varchar[], nct_id)
union all
select 'references', nct_id, id, to_json(each)
from (
  select
    reference.*,
    (select list(coalesce(notice.source, notice.pmid)) from ctgov.retractions as notice where notice.reference_id = reference.id)
      as retractions
  from ctgov.study_references as reference
) as each
where list_contains($1::varchar[], nct_id)
union all
select 'links', nct_id, id, to_json(each) from ctgov.links as each where list_contains($1::varchar[], nct_id)
union all
select 'documents', nct_id, id, to_json(each) from ctgov.provided_documents as each where list_contains($1::varchar[], nct_id)
union all
select 'versions', nct_id, version, to_json(each) from main.trial_versions as each where list_contains($1::varchar[], nct_id)
union all
select 'results', nct_id, 0, to_json(each)
from (
  select
    nct_id, has_results, results_first_post_date, results_due_date, results_due, results_overdue, primary_completion_date_raw,
    primary_completion_date_type
  from main.trials
) as each
where list_contains($1::varchar[], nct_id)
order by list_name, nct_id, id
