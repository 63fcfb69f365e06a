-- Related trials. A load keeps the terms of each trial, and for small sets also the ranking. In larger sets the ranking
-- is made when it is read. `raw.rank_related` is the one ranking: loads, the view and the macro use it.

create table raw.trial_terms (
  nct_id varchar not null,
  trial_number integer not null,
  term ubigint not null,
  kind_number tinyint not null,
  is_broader boolean not null,
  words varchar not null using compression zstd,
  in_condition_set boolean not null,
  status_order tinyint not null
);
comment on table raw.trial_terms is 'The terms that say what each trial is about. Grain: one row per trial and term.';
comment on column raw.trial_terms.nct_id is 'NCT number of the trial.';
comment on column raw.trial_terms.trial_number is 'The digits of the NCT number.';
comment on column raw.trial_terms.term is 'The term as a number: the first half of the MD5 digest of its words in lower case, in alphabetical order, without punctuation.';
comment on column raw.trial_terms.kind_number is 'The kind of term under which the trial has it; see raw.term_kinds. Of several kinds the one that counts most.';
comment on column raw.trial_terms.is_broader is 'Whether the kind is a broader MeSH term.';
comment on column raw.trial_terms.words is 'The term in the words of the trial.';
comment on column raw.trial_terms.in_condition_set is 'Whether the trial is in the condition set.';
comment on column raw.trial_terms.status_order is 'Which of two trials that share as much comes first: 1 if people can join now, 3 if stopped or of unknown status, else 2.';

create table raw.shared_terms (
  term ubigint not null,
  words varchar not null using compression zstd,
  trial_count integer not null,
  listed_trials integer[] not null
);
comment on table raw.shared_terms is 'The terms that can relate trials: a trial of the condition set has them, and another trial too. Grain: one row per term.';
comment on column raw.shared_terms.term is 'The term as a number; see raw.trial_terms.';
comment on column raw.shared_terms.words is 'Its words in lower case, in alphabetical order, without punctuation.';
comment on column raw.shared_terms.trial_count is 'Number of trials of the condition set that have the term.';
comment on column raw.shared_terms.listed_trials is 'Digits of the NCT numbers of these trials. If more than 150 trials have it, the 150 that come first by status_order and NCT number.';

create table raw.kept_relations (
  nct_id varchar not null,
  rank integer not null,
  other_nct_id varchar not null using compression zstd,
  points integer not null,
  shared varchar not null using compression zstd
);
comment on table raw.kept_relations is 'The ranking of main.see_also, in sets of up to 500 trials; empty in larger sets. Grain: one row per trial and related trial.';
comment on column raw.kept_relations.nct_id is 'NCT number of the trial.';
comment on column raw.kept_relations.rank is 'Rank of the related trial.';
comment on column raw.kept_relations.other_nct_id is 'NCT number of the related trial.';
comment on column raw.kept_relations.points is 'The score in main.see_also, times 1,000.';
comment on column raw.kept_relations.shared is 'What the two trials share.';

-- A kind of term has a weight, and says what the term is about. Kinds are numbered by the order in which they count.
create view raw.term_kinds as
select
  kind, subject, weight,
  row_number() over (order by weight desc, subject, kind)::tinyint as kind_number,
  dense_rank() over (order by kind)::tinyint as kind_order
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
comment on view raw.term_kinds is 'The kinds of terms that relate trials. Grain: one row per kind and subject.';
comment on column raw.term_kinds.kind is 'Name of the kind.';
comment on column raw.term_kinds.subject is 'What terms of this kind are about: disease, treatment or sponsor.';
comment on column raw.term_kinds.weight is 'How much a shared term of this kind counts.';
comment on column raw.term_kinds.kind_number is 'Number of the kind: 1 counts most.';
comment on column raw.term_kinds.kind_order is 'Position of the kind in alphabetical order.';

-- Each shared term counts by its rarity in the set. `is_searched` marks the terms under which to look for trials like
-- this one: its rarest terms, one after the other, until these have brought 150 trials. In a set of some hundred trials
-- that is nearly all of them; for 1,196 real trials it finds 99.5 % of the ten nearest. To compare all pairs takes time
-- that grows with the square of the number of trials. `ordinal` is the order in which `shared` names the terms.
create view raw.ranked_terms as
with rarities as not materialized (
  select
    *,
    round(1000 * ln(1 + (select count(*) from main.trials where in_condition_set) / trial_count))::integer as rarity
  from raw.shared_terms
)
select
  trial_term.nct_id, trial_term.trial_number, term, subject, is_broader, rarity, weight * rarity as points,
  kind || ': ' || trial_term.words as label, listed_trials,
  row_number() over (
    partition by nct_id order by is_broader, weight * rarity desc, kind_order, trial_term.words
  )::integer as ordinal,
  coalesce(sum(trial_count) over (
    partition by nct_id order by trial_count, rarities.words rows between unbounded preceding and 1 preceding
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

-- Whether a trial is in a list of NCT numbers; every trial is if the list is NULL. DuckDB takes only the bounds through
-- joins, and the list through the windows of raw.ranked_terms.
create or replace macro raw.is_asked(nct_id, trials) as
trials is null or (nct_id between list_min(trials) and list_max(trials) and list_contains(trials, nct_id));

-- Rank the trials related to those in a list (NULL for all) by a table or view with the columns of raw.ranked_terms. It is
-- passed by its name: if it is a view, DuckDB filters each use of it before everything else.
-- The steps are nested, the first one innermost, because DuckDB 1.4 cannot find the CTEs of a macro in a file: pairs to
-- compare; a row per pair and common term (broader if it is a broader MeSH term of either trial); scores (a narrower MeSH
-- term implies its broader terms, so of both only what brings more points counts); the 50 nearest; what is shared, where
-- broader terms are named only if there is nothing else.
create or replace macro raw.rank_related(ranked_terms, trials) as table
select
  nct_id, rank, 'NCT' || lpad(other_number::varchar, 8, '0') as other_nct_id, points,
  array_to_string(coalesce(narrower_labels, all_labels), '; ') as shared
from (
    select
      pair.nct_id, pair.rank, pair.other_number, pair.points,
      arg_min(trial_term.label, trial_term.ordinal, 5)
        filter (not trial_term.is_broader and not other_term.is_broader) as narrower_labels,
      arg_min(trial_term.label, trial_term.ordinal, 5) as all_labels
    from (
      select
        nct_id, other_number, points::integer as points,
        row_number() over (partition by nct_id order by points desc, status_order, other_number)::integer as rank
      from (
        select
          nct_id, other_number, any_value(status_order) as status_order,
          coalesce(sum(narrower_points) filter (subject = 'sponsor'), 0)
          + greatest(
            sum(narrower_points) filter (subject = 'disease'), sum(broader_points) filter (subject = 'disease'), 0
          )
          + greatest(
            sum(narrower_points) filter (subject = 'treatment'), sum(broader_points) filter (subject = 'treatment'), 0
          ) as points
        from (
          select
            pair.nct_id, pair.other_number, other_term.status_order, trial_term.subject,
            case when trial_term.is_broader or other_term.is_broader then trial_term.rarity end as broader_points,
            case when not trial_term.is_broader and not other_term.is_broader then trial_term.points end as narrower_points
          from (
            select distinct nct_id, other_number
            from (
              select nct_id, trial_number, unnest(listed_trials) as other_number
              from query_table(ranked_terms)
              where is_searched and raw.is_asked(nct_id, trials)
            )
            where other_number <> trial_number
          ) as pair
          join (from query_table(ranked_terms) where raw.is_asked(nct_id, trials)) as trial_term
            on trial_term.nct_id = pair.nct_id
          join raw.trial_terms as other_term
            on other_term.trial_number = pair.other_number and other_term.term = trial_term.term
        ) as common_terms
        group by nct_id, other_number
    ) as scores
      qualify rank <= 50
    ) as pair
    join (from query_table(ranked_terms) where raw.is_asked(nct_id, trials)) as trial_term
      on trial_term.nct_id = pair.nct_id
    join raw.trial_terms as other_term
      on other_term.trial_number = pair.other_number and other_term.term = trial_term.term
    group by pair.nct_id, pair.rank, pair.other_number, pair.points
) as labels;

-- The terms of the trials that have no kept ranking: of all, or of none.
create view raw.unranked_terms as
from raw.ranked_terms where not exists (from raw.kept_relations);
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

-- The rows of main.see_also of the trials in a list; NULL for all.
create or replace macro raw.list_related(trials) as table
select
  relations.nct_id,
  rank,
  other_nct_id,
  coalesce(other_trial.status_label, other_trial.overall_status) as status_label,
  other_trial.brief_title,
  coalesce(other_trial.phase_label, other_trial.phase) as phase_label,
  points / 1000 as score,
  shared
from (
  from raw.kept_relations where raw.is_asked(nct_id, trials)
  union all by name
  from raw.rank_related('raw.unranked_terms', trials)
) as relations
join main.trials as other_trial on other_trial.nct_id = other_nct_id;

create view main.see_also as
from raw.list_related(null);
comment on view main.see_also is 'The trials of the condition set that share the most with each trial, up to 50. With more than 500 trials they are ranked when they are read: use main.see_also_of(''...'') for one, main.see_also_of([''...'', ''...'']) for several; a filter other than nct_id = ''...'' ranks all, which takes minutes. Grain: one row per trial and related trial.';
comment on column main.see_also.nct_id is 'NCT number of the trial.';
comment on column main.see_also.rank is 'Rank of the related trial: 1 shares the most. Of trials that share as much, those that people can join now come first, and those stopped or of unknown status last; then the NCT number decides.';
comment on column main.see_also.other_nct_id is 'NCT number of the related trial, which is in the condition set.';
comment on column main.see_also.status_label is 'Status of the related trial in the registry''s wording.';
comment on column main.see_also.brief_title is 'Short title of the related trial.';
comment on column main.see_also.phase_label is 'Phase of the related trial in the registry''s wording; NULL if its record has none.';
comment on column main.see_also.score is 'How much the two trials share: the sum over the shared terms of the term''s weight in this trial times its rarity in the set. Compare scores only within the list of one trial.';
comment on column main.see_also.shared is 'What the two trials share, in the words of this trial: at most five terms, the rarest and weightiest first.';

-- The rows of main.see_also of one trial, or of a list of trials. Both have a text in which the NCT numbers are found.
create or replace macro main.see_also_of(trials) as table
from raw.list_related(regexp_extract_all(coalesce(trials::varchar, ''), 'NCT[0-9]{8}')) order by nct_id, rank;
