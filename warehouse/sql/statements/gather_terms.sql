-- Gather the terms that say what each trial is about, and find for each trial the terms under which to look for others.
-- Reads: $reach (trials to compare each trial with), main.trials, ctgov.conditions, ctgov.keywords, ctgov.interventions,
--   ctgov.browse_conditions, ctgov.browse_interventions.
-- Writes: numbered_trials, term_kinds, term_words, distinct_terms, shared_terms, mention_labels, trial_terms,
--   searched_terms, listed_trials; and main.see_also, which it empties.
-- `see_also.sql` uses what this file makes.

-- Number the trials: the steps below join on the number, and `see_also.sql` takes a range of numbers. Of trials that
-- share as much, those with the lower `status_order` rank first: 1 is for trials that people can join now.
create or replace temp table numbered_trials as
select
  nct_id,
  row_number() over (order by nct_id)::integer as trial_number,
  in_condition_set as in_set,
  case
    when status_group = 'open' then 1
    when status_group in ('planned', 'active', 'completed', 'expanded_access') then 2
    else 3
  end as status_order
from main.trials;

-- Two texts are one term if they have the same key. Case, accents, punctuation, the order of words, plural, possessive
-- and notes in brackets do not matter: "Liver Failure, Acute on Chronic" is "Acute-On-Chronic Liver Failure (ACLF)".
create or replace temp macro plain_words(words) as
  trim(regexp_replace(lower(strip_accents(regexp_replace(words, '\([^)]*\)|[''’]s\b', ' ', 'g'))), '[^\pL\pN]+', ' ', 'g'));
create or replace temp macro term_key(words) as array_to_string(
  list_sort(list_distinct(string_split(regexp_replace(plain_words(words), '([a-z]{2}[a-rt-z])s\b', '\1', 'g'), ' '))), ' '
);

-- A kind of term has a weight, and says what the term is about. Kinds are numbered by the order in which they count.
create or replace temp table term_kinds as
select
  kind, subject, weight,
  kind = 'broader MeSH term' as is_broader,
  row_number() over (order by weight desc, subject, kind) as kind_number,
  dense_rank() over (order by kind) as kind_order
from (values
  ('condition', 'disease', 6),
  ('MeSH term', 'disease', 5),
  ('keyword', 'disease', 4),
  ('broader MeSH term', 'disease', 1),
  ('intervention', 'treatment', 6),
  ('MeSH term', 'treatment', 5),
  ('broader MeSH term', 'treatment', 1),
  ('sponsor', 'sponsor', 2)
) as kinds(kind, subject, weight);

-- Collect the terms of every trial.
create or replace temp table mentioned_words as
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
select nct_id, 'treatment', 'broader MeSH term', mesh_term from ctgov.browse_interventions where mesh_type = 'mesh-ancestor'
union all
select nct_id, 'sponsor', 'sponsor', lead_sponsor from main.trials;

-- Compute the key of each text once, and number texts and keys in their alphabetical order. The tables below have a row
-- for each trial and term, so they hold numbers: with texts, 100,000 trials would not fit into the memory of a load.
-- Leave out the usual comparators, which say nothing about what a trial is about.
create or replace temp table term_words as
with
-- Without `materialized`, DuckDB would compute the key of every mention, because it filters before it removes duplicates.
distinct_words as materialized (select distinct words from mentioned_words where words is not null),
keys as materialized (select words, term_key(words) as key from distinct_words)
select
  words,
  row_number() over (order by words) as word_number,
  dense_rank() over (order by key)::integer as key_number
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

-- Keep each term of a trial once, as the mention that counts most. `mention` holds the numbers of kind and text in one,
-- so that the smallest one is the kind with the highest weight, and of that the first text.
create or replace temp table distinct_terms as
select trial_number, key_number, min(kind_number * 1_000_000_000 + word_number) as mention
from mentioned_words
join term_words using (words)
join term_kinds using (kind, subject)
join numbered_trials using (nct_id)
group by trial_number, key_number;

drop table mentioned_words;

-- Find the terms that can relate trials: a trial of the condition set has them, and another trial too.
create or replace temp table shared_terms as
select
  key_number,
  row_number() over (order by key_number)::integer as term,
  count_if(in_set)::integer as trial_count,
  round(1000 * ln(1 + (select count(*) from numbered_trials where in_set) / trial_count))::integer as rarity
from distinct_terms join numbered_trials using (trial_number)
group by key_number
having trial_count > 0 and count(*) > 1;

-- Write the label of each mention that `see_also.shared` can name.
create or replace temp table mention_labels as
select distinct mention, kind || ': ' || words as label
from distinct_terms
join shared_terms using (key_number)
join term_kinds on kind_number = mention // 1_000_000_000
join term_words on word_number = mention % 1_000_000_000;

-- Combine all facts about each shared term of each trial. `trial_and_term` holds both numbers in one, because a join on
-- one column is faster than a join on two. `ordinal` is the order in which `see_also.shared` names the terms.
create or replace temp table trial_terms as
select
  trial_number, term, trial_number::bigint * 10_000_000 + term as trial_and_term,
  in_set, status_order, trial_count, rarity, weight * rarity as points,
  subject, is_broader, mention,
  row_number() over (
    partition by trial_number order by is_broader, points desc, kind_order, mention % 1_000_000_000
  )::integer as ordinal
from distinct_terms
join shared_terms using (key_number)
join numbered_trials using (trial_number)
join term_kinds on kind_number = mention // 1_000_000_000;

-- Choose the terms under which to look for trials like each trial: its rarest terms, one after the other, until these
-- have brought $reach trials. The trials that are found are then compared in all their terms.
create or replace temp table searched_terms as
select trial_number, term
from trial_terms
qualify coalesce(sum(trial_count) over (
  partition by trial_number order by trial_count, term rows between unbounded preceding and 1 preceding
), 0) < getvariable('reach');

-- List the trials of the condition set under each term. If more than $reach share it, list those that rank first.
create or replace temp table listed_trials as
select term, trial_number as other_number
from trial_terms
where in_set
qualify row_number() over (partition by term order by status_order, trial_number) <= getvariable('reach');

delete from main.see_also;
