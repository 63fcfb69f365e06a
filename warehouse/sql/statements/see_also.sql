-- The nearest to each of some trials: from the `first` to the `last` of those numbered.
create or replace temp table candidates as
select distinct trial, other
from looked_up join filed_under using (term)
where trial between getvariable('first') and getvariable('last') and other <> trial;

-- A broader MeSH term is implied by a nearer one, so of the two the one that brings more counts.
create or replace temp table nearest as
with
common as (
  select
    pair.trial, pair.other, its.standing, own.subject,
    case when own.is_broader or its.is_broader then own.rarity end as broader,
    case when not own.is_broader and not its.is_broader then own.points end as nearer
  from candidates as pair
  join trial_terms as own on own.trial = pair.trial
  join trial_terms as its on its.trial_term = pair.other::bigint * 10_000_000 + own.term
),
scores as (
  select
    trial, other, any_value(standing) as standing,
    coalesce(sum(nearer) filter (subject = 'sponsor'), 0)
    + greatest(sum(nearer) filter (subject = 'disease'), sum(broader) filter (subject = 'disease'), 0)
    + greatest(sum(nearer) filter (subject = 'treatment'), sum(broader) filter (subject = 'treatment'), 0) as points
  from common
  group by trial, other
)
select
  trial, other, points::integer as points,
  row_number() over (partition by trial order by points desc, standing, other)::integer as rank
from scores
qualify rank <= 50;

insert into main.see_also by name
with
told as (
  select
    pair.trial, pair.other,
    arg_min(own.told, own.place, 5) filter (not own.is_broader and not its.is_broader) as nearer,
    arg_min(own.told, own.place, 5) as broader
  from nearest as pair
  join trial_terms as own on own.trial = pair.trial
  join trial_terms as its on its.trial_term = pair.other::bigint * 10_000_000 + own.term
  group by pair.trial, pair.other
)
select
  this.nct_id,
  rank,
  that.nct_id as other_nct_id,
  coalesce(that.status_label, that.overall_status) as status_label,
  that.brief_title,
  coalesce(that.phase_label, that.phase) as phase_label,
  points / 1000 as score,
  array_to_string(coalesce(nearer, broader), '; ') as shared
from nearest
join told using (trial, other)
join numbered as this_one using (trial)
join numbered as that_one on that_one.trial = nearest.other
join main.trials as this on this.nct_id = this_one.nct_id
join main.trials as that on that.nct_id = that_one.nct_id;
