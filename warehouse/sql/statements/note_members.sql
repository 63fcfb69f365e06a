-- Who is in the condition set now, and by what: the nearest match, from what a person listed to what only the search
-- knows. `members` is NULL where the set was not listed, and then nobody joins. What is new is added to the archive.
create or replace temp macro plain(words) as
  trim(regexp_replace(lower(words), '[^a-z0-9]+', ' ', 'g'));

create or replace temp table members_before as
select distinct on (nct_id) * from archive.memberships order by nct_id, run_id desc;

create or replace temp table members_now as
select nct_id from members_before where in_condition_set
union
select nct_id from (select unnest(getvariable('members')::varchar[]) as nct_id) semi join raw.studies using (nct_id)
except
select nct_id from departures;

create or replace temp table matches as
with
phrases as (select plain(unnest(getvariable('phrases')::varchar[])) as phrase),
texts as (
  select nct_id, 2 as rank, 'condition' as matched_by, name as matched_text from ctgov.conditions
  union all select nct_id, 4, 'keyword', name from ctgov.keywords
  union all select nct_id, 5, 'title', brief_title from main.trials
  union all select nct_id, 5, 'title', official_title from main.trials
),
found as (
  select nct_id, 1 as rank, 'listed by hand' as matched_by, nct_id as matched_text
  from (select unnest(getvariable('included')::varchar[]) as nct_id)
  union all
  select nct_id, rank, matched_by, matched_text
  from texts
  join phrases on contains(' ' || plain(matched_text) || ' ', ' ' || phrase || ' ')
  union all
  select
    nct_id,
    case mesh_type when 'mesh-list' then 3 else 6 end,
    case mesh_type when 'mesh-list' then 'mesh term' else 'mesh ancestor' end,
    mesh_term
  from ctgov.browse_conditions
  where mesh_id in (select unnest(getvariable('mesh_ids')::varchar[]))
  union all
  select nct_id, 7, 'search only', null from members_now
)
select distinct on (nct_id) nct_id, matched_by, matched_text
from found
order by nct_id, rank, matched_text;

create or replace temp table changed_members as
select nct_id, true as in_condition_set, matches.matched_by, matches.matched_text, null as left_reason
from members_now
join matches using (nct_id)
left join members_before as before using (nct_id)
where before.in_condition_set is not true
  or (before.matched_by, before.matched_text) is distinct from (matches.matched_by, matches.matched_text)
union all
select nct_id, false, matched_by, matched_text, departures.reason
from members_before
join departures using (nct_id)
where in_condition_set;

insert into archive.memberships by name
select *, getvariable('run_id') as run_id, getvariable('now') as seen_at from changed_members;

-- Who never was a member cannot leave; that a number is another trial's now is worth telling all the same.
insert into found_outcomes
select nct_id, outcome from departures
where outcome = 'merged' or nct_id in (select nct_id from changed_members where not in_condition_set);
