-- Creates AACT's newest tables, as views: its search terms, their trials, and the MeSH terms.
-- Reads: tables of ctgov, ops.runs, ops.run_sets, archive.memberships.
-- AACT keeps searches by hand. The searches of this warehouse are the condition sets that it follows.

create view ctgov.search_terms as
with followed as (
  select condition_set, position from ops.run_sets where run_id = (select max(run_id) from ops.run_sets)
)
select
  cast(followed.position as bigint) as id,
  followed.condition_set as term,
  cast('condition set' as varchar) as "group",
  min(started_at) as created_at,
  max(started_at) as updated_at
from followed
join ops.run_sets as looks on looks.condition_set = followed.condition_set
join ops.runs on runs.run_id = looks.run_id
group by followed.position, followed.condition_set;
comment on view ctgov.search_terms is 'AACT''s searches; here the condition sets that the warehouse follows. Grain: one row per search.';
comment on column ctgov.search_terms.id is 'Number of the search, from 1: the position of the condition set.';
comment on column ctgov.search_terms.term is 'Name of the condition set.';
comment on column ctgov.search_terms."group" is 'Group of searches, always condition set.';
comment on column ctgov.search_terms.created_at is 'When the condition set was first synced (UTC).';
comment on column ctgov.search_terms.updated_at is 'When the condition set was last synced (UTC).';

create view ctgov.search_term_results as
select
  cast(substr(newest.nct_id, 4) as bigint) * 10000000 + terms.id as id,
  newest.nct_id,
  terms.id as search_term_id,
  ever.created_at,
  newest.seen_at as updated_at
from (
  select distinct on (condition_set, nct_id) * from archive.memberships order by condition_set, nct_id, run_id desc
) as newest
join (
  select condition_set, nct_id, min(seen_at) as created_at from archive.memberships group by condition_set, nct_id
) as ever using (condition_set, nct_id)
join ctgov.search_terms as terms on terms.term = newest.condition_set
where newest.in_condition_set;
comment on view ctgov.search_term_results is 'The trials that a search of search_terms finds: those in the condition set. Grain: one row per search and trial.';
comment on column ctgov.search_term_results.id is 'Number of the row.';
comment on column ctgov.search_term_results.nct_id is 'NCT number of the trial.';
comment on column ctgov.search_term_results.search_term_id is 'The search, search_terms.id.';
comment on column ctgov.search_term_results.created_at is 'When the trial was first found in the condition set (UTC).';
comment on column ctgov.search_term_results.updated_at is 'When something new was last found of the trial''s place in the condition set (UTC).';

-- A letter and a number make the MeSH unique id, and together they make the number of the row.
create view ctgov.mesh_terms as
with terms as (
  select mesh_term, mesh_id from ctgov.browse_conditions
  union
  select mesh_term, mesh_id from ctgov.browse_interventions
)
select
  ascii(mesh_id) * 10000000000 + case when substr(mesh_id, 2) ~ '^[0-9]{1,18}$' then cast(substr(mesh_id, 2) as bigint) end as id,
  cast(null as varchar) as qualifier,
  cast(null as varchar) as tree_number,
  cast(null as varchar) as description,
  mesh_term,
  lower(mesh_term) as downcase_mesh_term,
  mesh_id
from terms
where mesh_term is not null;
comment on view ctgov.mesh_terms is 'The MeSH terms of the trials'' conditions and interventions, with those above them. AACT has the whole vocabulary, once for each place in its tree. Grain: one row per MeSH term.';
comment on column ctgov.mesh_terms.id is 'Number of the row, made of the MeSH unique id.';
comment on column ctgov.mesh_terms.qualifier is 'NULL: the records do not have it.';
comment on column ctgov.mesh_terms.tree_number is 'NULL: the records do not have it.';
comment on column ctgov.mesh_terms.description is 'NULL: the records do not have it.';
comment on column ctgov.mesh_terms.mesh_term is 'The MeSH term.';
comment on column ctgov.mesh_terms.downcase_mesh_term is 'The MeSH term in lower case.';
comment on column ctgov.mesh_terms.mesh_id is 'MeSH unique id, such as D065290. Not in AACT.';
