-- What ranks related trials: the terms that each trial shares with others. The ranking itself is made by functions.

-- Each shared term counts by its rarity in the set. `is_searched` marks the terms under which to look for trials like
-- this one: its rarest terms, one after the other, until these have brought 150 trials. In a set of some hundred trials
-- that is nearly all of them; for 1,196 real trials it finds 99.5 % of the ten nearest. To compare all pairs takes time
-- that grows with the square of the number of trials. `ordinal` is the order in which `shared` names the terms.
create view raw.ranked_terms as
with rarities as not materialized (
  select
    *,
    round(1000 * ln(
      1 + (select cast(count(*) as double precision) from main.trials where in_condition_set) / trial_count
    ))::integer as rarity
  from raw.shared_terms
)
select
  trial_term.nct_id, trial_term.trial_number, term, subject, is_broader, rarity, weight * rarity as points,
  kind || ': ' || trial_term.words as label, listed_trials,
  row_number() over (
    partition by nct_id order by is_broader, weight * rarity desc, kind_order, trial_term.words collate "C"
  )::integer as ordinal,
  coalesce(sum(trial_count) over (
    partition by nct_id order by trial_count, rarities.words collate "C" rows between unbounded preceding and 1 preceding
  ), 0) < 150 as is_searched
from raw.trial_terms as trial_term
join rarities using (term)
join raw.term_kinds using (kind_number);
comment on view raw.ranked_terms is 'The terms that each trial shares with others, and how much they count. Grain: one row per trial and term.';
comment on column raw.ranked_terms.nct_id is 'NCT number of the trial.';
comment on column raw.ranked_terms.trial_number is 'The digits of the NCT number.';
comment on column raw.ranked_terms.term is 'The term as a number; see raw.trial_terms.';
comment on column raw.ranked_terms.subject is 'What the term is about: disease, treatment or sponsor.';
comment on column raw.ranked_terms.is_broader is 'Whether the term is a broader MeSH term of the trial.';
comment on column raw.ranked_terms.rarity is 'How rare the term is in the set.';
comment on column raw.ranked_terms.points is 'Rarity times the weight of the kind.';
comment on column raw.ranked_terms.label is 'Kind and words of the term.';
comment on column raw.ranked_terms.listed_trials is 'Digits of the NCT numbers of trials that have the term; see raw.shared_terms.';
comment on column raw.ranked_terms.ordinal is 'Position of the term in main.see_also.shared.';
comment on column raw.ranked_terms.is_searched is 'Whether trials like this one are looked for under the term.';

-- The terms of the trials that have no kept ranking: of all, or of none.
create view raw.unranked_terms as
select * from raw.ranked_terms where not exists (select 1 from raw.kept_relations);
comment on view raw.unranked_terms is 'raw.ranked_terms if the ranking is not kept, else nothing. Grain: one row per trial and term.';
comment on column raw.unranked_terms.nct_id is 'NCT number of the trial.';
comment on column raw.unranked_terms.trial_number is 'The digits of the NCT number.';
comment on column raw.unranked_terms.term is 'The term as a number; see raw.trial_terms.';
comment on column raw.unranked_terms.subject is 'What the term is about: disease, treatment or sponsor.';
comment on column raw.unranked_terms.is_broader is 'Whether the term is a broader MeSH term of the trial.';
comment on column raw.unranked_terms.rarity is 'How rare the term is in the set.';
comment on column raw.unranked_terms.points is 'Rarity times the weight of the kind.';
comment on column raw.unranked_terms.label is 'Kind and words of the term.';
comment on column raw.unranked_terms.listed_trials is 'Digits of the NCT numbers of trials that have the term; see raw.shared_terms.';
comment on column raw.unranked_terms.ordinal is 'Position of the term in main.see_also.shared.';
comment on column raw.unranked_terms.is_searched is 'Whether trials like this one are looked for under the term.';
