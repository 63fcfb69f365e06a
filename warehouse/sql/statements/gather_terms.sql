-- Gather the terms of some trials, and bring the tables of terms up to date.
-- Reads: touched_trials, main.trials, ctgov.conditions, ctgov.keywords, ctgov.interventions, ctgov.browse_conditions,
--   ctgov.browse_interventions. Writes: mentioned_words, term_words, new_terms, differing_terms, raw.trial_terms,
--   raw.shared_terms.

-- Two texts are one term if they have the same key. Case, accents, punctuation, the order of words, plural, possessive
-- and notes in brackets do not matter: "Liver Failure, Acute on Chronic" is "Acute-On-Chronic Liver Failure (ACLF)".
create or replace temp macro plain_words(words) as
  trim(regexp_replace(lower(strip_accents(regexp_replace(words, '\([^)]*\)|[''’]s\b', ' ', 'g'))), '[^\pL\pN]+', ' ', 'g'));
create or replace temp macro term_key(words) as array_to_string(
  list_sort(list_distinct(string_split(regexp_replace(plain_words(words), '([a-z]{2}[a-rt-z])s\b', '\1', 'g'), ' '))), ' '
);

-- Collect the terms of the touched trials.
create or replace temp table mentioned_words as
with mentions as (
  select nct_id, 'disease' as subject, 'condition' as kind, name as words from ctgov.conditions
  union all
  select nct_id, 'disease', 'MeSH term', mesh_term from ctgov.browse_conditions where mesh_type = 'mesh-list'
  union all
  select nct_id, 'disease', 'keyword', name from ctgov.keywords
  union all
  select nct_id, 'disease', 'broader MeSH term', mesh_term from ctgov.browse_conditions where mesh_type = 'mesh-ancestor'
  union all
  select nct_id, 'treatment', 'intervention', name from ctgov.interventions
  union all
  select nct_id, 'treatment', 'MeSH term', mesh_term from ctgov.browse_interventions where mesh_type = 'mesh-list'
  union all
  select nct_id, 'treatment', 'broader MeSH term', mesh_term
  from ctgov.browse_interventions where mesh_type = 'mesh-ancestor'
  union all
  select nct_id, 'sponsor', 'sponsor', lead_sponsor from main.trials
)
select nct_id, kind_number, kind = 'broader MeSH term' as is_broader, words
from mentions
semi join touched_trials using (nct_id)
join raw.term_kinds using (kind, subject)
where words is not null;

-- Compute the key of each text once, and its number. A number is the same in every set and every night, and takes less
-- room than a text. The probability that two of 30 million keys have the same number is 1 in 40,000.
-- Leave out the usual comparators, which say nothing about what a trial is about.
create or replace temp table term_words as
with
-- Without `materialized`, DuckDB would compute the key of every mention, because it filters before it removes duplicates.
distinct_words as materialized (select distinct words from mentioned_words),
keys as materialized (select words, term_key(words) as key from distinct_words)
select words, md5_number_upper(key) as term
from keys
where key <> '' and key not in (
  select term_key(unnest([
    'placebo', 'matching placebo', 'placebo comparator', 'sham', 'sham comparator', 'control', 'control group',
    'no intervention', 'no treatment', 'usual care', 'routine care', 'standard care', 'standard of care',
    'standard treatment', 'standard therapy', 'standard medical treatment', 'standard medical therapy',
    'standard medical care', 'conventional treatment', 'conventional therapy', 'best supportive care',
    'observation', 'saline', 'normal saline'
  ]))
);

-- Keep each term of a trial once: as the kind with the highest weight, and of that the first text. Of trials that share
-- as much, those with the lower `status_order` rank first: 1 is for trials that people can join now.
create or replace temp table new_terms as
select
  nct_id,
  nct_id[4:]::integer as trial_number,
  term,
  min(kind_number) as kind_number,
  arg_min(is_broader, kind_number) as is_broader,
  arg_min(words, (kind_number, words)) as words,
  any_value(in_condition_set) as in_condition_set,
  any_value(case
    when status_group = 'open' then 1
    when status_group in ('planned', 'active', 'completed', 'expanded_access') then 2
    else 3
  end)::tinyint as status_order
from mentioned_words
join term_words using (words)
join main.trials using (nct_id)
group by nct_id, term;

-- Find which rows differ. The state of a trial is in each of its rows, so if it differs, all of its terms do.
create or replace temp table differing_terms as
with earlier_terms as materialized (from raw.trial_terms semi join touched_trials using (nct_id))
select nct_id, term from (from new_terms except all from earlier_terms)
union
select nct_id, term from (from earlier_terms except all from new_terms);

delete from raw.trial_terms where nct_id in (select nct_id from differing_terms);
insert into raw.trial_terms
from new_terms semi join differing_terms using (nct_id) order by nct_id, term;

-- Count the trials again that have one of these terms.
delete from raw.shared_terms where term in (select term from differing_terms);
insert into raw.shared_terms
select
  term,
  term_key(any_value(words)) as words,
  count_if(in_condition_set)::integer as trial_count,
  arg_min(trial_number, status_order * 100_000_000 + trial_number, 150)
    filter (in_condition_set) as listed_trials
from raw.trial_terms
where term in (select term from differing_terms)
group by term
having trial_count > 0 and count(*) > 1
order by term;
