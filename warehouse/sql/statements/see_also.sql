-- Find the nearest trials of some of the numbered trials, and add them to main.see_also.
-- Reads: numbered_trials, trial_terms, mention_labels, searched_terms, listed_trials (all from `gather_terms.sql`),
--   $first and $last (trial numbers), main.trials. Writes: candidates, nearest_trials, main.see_also.

-- Find the pairs to compare.
create or replace temp table candidates as
select distinct trial_number, other_number
from searched_terms join listed_trials using (term)
where trial_number between getvariable('first') and getvariable('last') and other_number <> trial_number;

-- Score each pair by the terms that both trials have, and keep the 50 nearest of each trial.
create or replace temp table nearest_trials as
with
-- One row per pair and common term. A term counts as broader if it is a broader MeSH term of either trial.
common_terms as (
  select
    pair.trial_number, pair.other_number, other_term.status_order, trial_term.subject,
    case when trial_term.is_broader or other_term.is_broader then trial_term.rarity end as broader_points,
    case when not trial_term.is_broader and not other_term.is_broader then trial_term.points end as narrower_points
  from candidates as pair
  join trial_terms as trial_term on trial_term.trial_number = pair.trial_number
  join trial_terms as other_term
    on other_term.trial_and_term = pair.other_number::bigint * 10_000_000 + trial_term.term
),
-- A narrower MeSH term implies its broader terms. So of both, only what brings more points counts.
scores as (
  select
    trial_number, other_number, any_value(status_order) as status_order,
    coalesce(sum(narrower_points) filter (subject = 'sponsor'), 0)
    + greatest(
      sum(narrower_points) filter (subject = 'disease'), sum(broader_points) filter (subject = 'disease'), 0
    )
    + greatest(
      sum(narrower_points) filter (subject = 'treatment'), sum(broader_points) filter (subject = 'treatment'), 0
    ) as points
  from common_terms
  group by trial_number, other_number
)
select
  trial_number, other_number, points::integer as points,
  row_number() over (partition by trial_number order by points desc, status_order, other_number)::integer as rank
from scores
qualify rank <= 50;

-- Write the rows, with the labels of the terms that each pair shares. Broader terms are named only if there is nothing else.
insert into main.see_also by name
with
labels as (
  select
    pair.trial_number, pair.other_number,
    arg_min(label, trial_term.ordinal, 5)
      filter (not trial_term.is_broader and not other_term.is_broader) as narrower_labels,
    arg_min(label, trial_term.ordinal, 5) as all_labels
  from nearest_trials as pair
  join trial_terms as trial_term on trial_term.trial_number = pair.trial_number
  join trial_terms as other_term
    on other_term.trial_and_term = pair.other_number::bigint * 10_000_000 + trial_term.term
  join mention_labels on mention_labels.mention = trial_term.mention
  group by pair.trial_number, pair.other_number
)
select
  trial.nct_id,
  rank,
  other_trial.nct_id as other_nct_id,
  coalesce(other_trial.status_label, other_trial.overall_status) as status_label,
  other_trial.brief_title,
  coalesce(other_trial.phase_label, other_trial.phase) as phase_label,
  points / 1000 as score,
  array_to_string(coalesce(narrower_labels, all_labels), '; ') as shared
from nearest_trials
join labels using (trial_number, other_number)
join numbered_trials as numbered using (trial_number)
join numbered_trials as other_numbered on other_numbered.trial_number = nearest_trials.other_number
join main.trials as trial on trial.nct_id = numbered.nct_id
join main.trials as other_trial on other_trial.nct_id = other_numbered.nct_id;
