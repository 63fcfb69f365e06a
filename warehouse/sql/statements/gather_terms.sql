-- What each trial is about, term by term, and under which terms to look for others like it.
create or replace temp table numbered as
select
  nct_id,
  row_number() over (order by nct_id)::integer as trial,
  in_condition_set as in_set,
  case
    when status_group = 'open' then 1
    when status_group in ('planned', 'active', 'completed', 'expanded_access') then 2
    else 3
  end as standing
from main.trials;

-- One term whatever its case, accents, punctuation, order of words, plural, possessive or note in brackets:
-- "Liver Failure, Acute on Chronic" is "Acute-On-Chronic Liver Failure (ACLF)".
create or replace temp macro plain_words(words) as
  trim(regexp_replace(lower(strip_accents(regexp_replace(words, '\([^)]*\)|[''’]s\b', ' ', 'g'))), '[^\pL\pN]+', ' ', 'g'));
create or replace temp macro term_key(words) as array_to_string(
  list_sort(list_distinct(string_split(regexp_replace(plain_words(words), '([a-z]{2}[a-rt-z])s\b', '\1', 'g'), ' '))), ' '
);

create or replace temp table said as
select nct_id, 'condition' as kind, 6 as weight, 'disease' as subject, name as words from ctgov.conditions
union all
select nct_id, 'MeSH term', 5, 'disease', mesh_term from ctgov.browse_conditions where mesh_type = 'mesh-list'
union all
select nct_id, 'keyword', 4, 'disease', name from ctgov.keywords
union all
select nct_id, 'broader MeSH term', 1, 'disease', mesh_term from ctgov.browse_conditions where mesh_type = 'mesh-ancestor'
union all
select nct_id, 'intervention', 6, 'treatment', name from ctgov.interventions
union all
select nct_id, 'MeSH term', 5, 'treatment', mesh_term from ctgov.browse_interventions where mesh_type = 'mesh-list'
union all
select nct_id, 'broader MeSH term', 1, 'treatment', mesh_term from ctgov.browse_interventions where mesh_type = 'mesh-ancestor'
union all
select nct_id, 'sponsor', 2, 'sponsor', lead_sponsor from main.trials;

-- What trials of anything compare with tells nothing of what they are about.
create or replace temp table keyed as
select words, term_key(words) as key
from (select distinct words from said)
where key <> '' and key not in (
  select term_key(unnest([
    'placebo', 'matching placebo', 'placebo comparator', 'sham', 'sham comparator', 'control', 'control group',
    'no intervention', 'no treatment', 'usual care', 'routine care', 'standard care', 'standard of care',
    'standard treatment', 'standard therapy', 'standard medical treatment', 'standard medical therapy',
    'standard medical care', 'conventional treatment', 'conventional therapy', 'best supportive care',
    'observation', 'saline', 'normal saline'
  ]))
);

-- A trial has a term once, as what it means most.
create or replace temp table own_terms as
select distinct on (trial, key) trial, key, weight, subject, kind, words
from said join keyed using (words) join numbered using (nct_id)
order by trial, key, weight desc, subject, kind, words;

-- The terms that relate: those of a trial of the set that another trial has too.
create or replace temp table rarities as
select
  key,
  row_number() over (order by key)::integer as term,
  count_if(in_set)::integer as shared_by,
  round(1000 * ln(1 + (select count(*) from numbered where in_set) / shared_by))::integer as rarity
from own_terms join numbered using (trial)
group by key
having shared_by > 0 and count(*) > 1;

-- `trial_term` is both numbers in one, for one is joined by sooner than two.
create or replace temp table trial_terms as
select
  trial, term, trial::bigint * 10_000_000 + term as trial_term,
  in_set, standing, shared_by, rarity, weight * rarity as points,
  subject,
  kind = 'broader MeSH term' as is_broader,
  kind || ': ' || words as told,
  row_number() over (partition by trial order by is_broader, points desc, kind, words)::integer as place
from own_terms join rarities using (key) join numbered using (trial);

-- Others are looked for under a trial's rarest terms, one after the other, until these have brought `reach` of them. Of a
-- term that more share than that, only those that rank first are looked at. Those found are compared in all their terms.
create or replace temp table looked_up as
select trial, term
from trial_terms
qualify coalesce(sum(shared_by) over (
  partition by trial order by shared_by, term rows between unbounded preceding and 1 preceding
), 0) < getvariable('reach');

create or replace temp table filed_under as
select term, trial as other
from trial_terms
where in_set
qualify row_number() over (partition by term order by standing, trial) <= getvariable('reach');

delete from main.see_also;
