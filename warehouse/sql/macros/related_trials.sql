-- The one ranking of related trials: loads, main.see_also and main.see_also_of use it.

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
