-- Find who is in each condition set now, and by what. Add each change of membership to the archive.
-- Reads: departures, set_rules, listed_members, $sets, $run_id, $now, raw.studies, archive.memberships, main.trials,
--   ctgov.conditions, ctgov.keywords, ctgov.browse_conditions.
-- Writes: changed_members, archive.memberships, found_outcomes. Drops: listed_members.

-- Words are compared in lower case and without punctuation.
create or replace temp macro plain_text(words) as
  trim(regexp_replace(lower(words), '[^a-z0-9]+', ' ', 'g'));

-- Only of the sets in $sets something was found.
create or replace temp table members_before as
select distinct on (condition_set, nct_id) *
from archive.memberships
where list_contains(getvariable('sets')::varchar[], condition_set)
order by condition_set, nct_id, run_id desc;

-- A departure without a set is one from every set.
create or replace temp table leavers as
select name as condition_set, nct_id, min(reason) as reason
from (select unnest(getvariable('sets')::varchar[]) as name)
join departures on coalesce(condition_set = name, true)
group by name, nct_id;

create or replace temp table members_now as
select condition_set, nct_id from members_before where in_condition_set
union
select condition_set, nct_id from listed_members semi join raw.studies using (nct_id)
except
select condition_set, nct_id from leavers;

-- Of all matches of a member the nearest counts: rank 1 is what a person listed, rank 7 what only the search knows.
create or replace temp table matches as
with
-- With a space at both ends only whole words match.
phrases as (select condition_set, ' ' || plain_text(value) || ' ' as phrase from set_rules where kind = 'phrase'),
texts as (
  select nct_id, 2 as rank, 'condition' as matched_by, name as matched_text from ctgov.conditions
  union all select nct_id, 4, 'keyword', name from ctgov.keywords
  union all select nct_id, 5, 'title', brief_title from main.trials
  union all select nct_id, 5, 'title', official_title from main.trials
),
plain_texts as (select *, ' ' || plain_text(matched_text) || ' ' as plain from texts),
found as (
  select condition_set, value as nct_id, 1 as rank, 'listed by hand' as matched_by, value as matched_text
  from set_rules
  where kind = 'included'
  union all
  select condition_set, nct_id, rank, matched_by, matched_text
  from members_now
  join plain_texts using (nct_id)
  join phrases using (condition_set)
  where contains(plain, phrase)
  union all
  select
    condition_set,
    nct_id,
    case mesh_type when 'mesh-list' then 3 else 6 end,
    case mesh_type when 'mesh-list' then 'mesh term' else 'mesh ancestor' end,
    mesh_term
  from ctgov.browse_conditions
  join set_rules on kind = 'mesh id' and value = mesh_id
  union all
  select condition_set, nct_id, 7, 'search only', null from members_now
)
select distinct on (condition_set, nct_id) condition_set, nct_id, matched_by, matched_text
from found
semi join members_now using (condition_set, nct_id)
order by condition_set, nct_id, rank, matched_text;

-- A member that is matched by something else than before is a change too.
create or replace temp table changed_members as
select
  condition_set, nct_id, true as in_condition_set, matches.matched_by, matches.matched_text, null as left_reason
from matches
left join members_before as earlier using (condition_set, nct_id)
where earlier.in_condition_set is not true
  or (earlier.matched_by, earlier.matched_text) is distinct from (matches.matched_by, matches.matched_text)
union all
select condition_set, nct_id, false, matched_by, matched_text, leavers.reason
from members_before
join leavers using (condition_set, nct_id)
where in_condition_set;

insert into archive.memberships by name
select *, getvariable('run_id') as run_id, getvariable('now') as seen_at from changed_members;

-- A trial that never was a member cannot leave. A merge is recorded in any case: its number now belongs to another trial.
insert into found_outcomes
select distinct nct_id, outcome from departures
where outcome = 'merged' or nct_id in (select nct_id from changed_members where not in_condition_set);

-- With many sets these are the most rows of a load, and what follows needs the memory.
drop table members_before;
drop table leavers;
drop table members_now;
drop table matches;
drop table listed_members;
