-- The ranking of related trials, as the macros of these names. It ranks one trial, because PostgreSQL takes a filter by
-- NCT numbers to main.trials, and so ranks these trials only. The steps are those of the macro.

create function raw.rank_related(trial text)
returns table (nct_id text, rank integer, other_nct_id text, points integer, shared text)
language sql stable parallel safe
as $function$
with terms as materialized (
  select term.trial_number, term.term, term.subject, term.is_broader, term.rarity, term.points, term.label,
    term.listed_trials, term.ordinal, term.is_searched
  from raw.ranked_terms as term
  where term.nct_id = rank_related.trial
),
pairs as (
  select distinct listed.other_number
  from terms, unnest(terms.listed_trials) as listed(other_number)
  where terms.is_searched and listed.other_number <> terms.trial_number
),
common_terms as materialized (
  select
    pairs.other_number, other_term.status_order, terms.subject, terms.label, terms.ordinal,
    terms.is_broader or other_term.is_broader as is_broader,
    case when terms.is_broader or other_term.is_broader then terms.rarity else terms.points end as points
  from pairs
  cross join terms
  join raw.trial_terms as other_term
    on other_term.trial_number = pairs.other_number and other_term.term = terms.term
),
scores as (
  select
    other_number, min(status_order) as status_order,
    coalesce(sum(points) filter (where subject = 'sponsor' and not is_broader), 0)
    + greatest(
      sum(points) filter (where subject = 'disease' and not is_broader),
      sum(points) filter (where subject = 'disease' and is_broader),
      0
    )
    + greatest(
      sum(points) filter (where subject = 'treatment' and not is_broader),
      sum(points) filter (where subject = 'treatment' and is_broader),
      0
    ) as points
  from common_terms
  group by other_number
),
nearest as (
  select
    other_number, points,
    row_number() over (order by points desc, status_order, other_number) as rank
  from scores
  order by points desc, status_order, other_number
  limit 50
)
select
  rank_related.trial,
  nearest.rank::integer,
  'NCT' || lpad(nearest.other_number::text, 8, '0'),
  nearest.points::integer,
  array_to_string(
    (coalesce(
      array_agg(common_terms.label order by common_terms.ordinal) filter (where not common_terms.is_broader),
      array_agg(common_terms.label order by common_terms.ordinal)
    ))[1:5],
    '; '
  )
from nearest
join common_terms on common_terms.other_number = nearest.other_number
group by nearest.rank, nearest.other_number, nearest.points
$function$;
comment on function raw.rank_related(text) is 'The ranking of main.see_also for one trial, made now. Grain: one row per related trial.';

-- The rows of main.see_also of the trials in a list; NULL for all.
create function raw.list_related(trials text[])
returns table (
  nct_id text, rank integer, other_nct_id text, status_label text, brief_title text, phase_label text, score numeric,
  shared text
)
language sql stable parallel safe
as $function$
select
  relation.nct_id,
  relation.rank,
  relation.other_nct_id,
  coalesce(other_trial.status_label, other_trial.overall_status),
  other_trial.brief_title,
  coalesce(other_trial.phase_label, other_trial.phase),
  relation.points / 1000.0,
  relation.shared
from (
  select kept.nct_id, kept.rank, kept.other_nct_id, kept.points, kept.shared
  from raw.kept_relations as kept
  union all
  select trial.nct_id, ranked.rank, ranked.other_nct_id, ranked.points, ranked.shared
  from main.trials as trial
  cross join lateral raw.rank_related(trial.nct_id) as ranked
  where not exists (select 1 from raw.kept_relations)
) as relation
join main.trials as other_trial on other_trial.nct_id = relation.other_nct_id
where list_related.trials is null or relation.nct_id = any(list_related.trials)
$function$;
comment on function raw.list_related(text[]) is 'The rows of main.see_also of the trials in a list; of all trials if it is NULL.';
