-- Find who is in the condition set now, and by what. Add each change of membership to the archive.
-- Reads: departures, $members, $included, $mesh_ids, $phrases, $run_id, $now, raw.studies, archive.memberships,
--   main.trials, ctgov.conditions, ctgov.keywords, ctgov.browse_conditions.
-- Writes: members_before, members_now, matches, changed_members, archive.memberships, found_outcomes.

-- Words are compared in lower case and without punctuation.
create or replace temp macro plain_text(words) as
  trim(regexp_replace(lower(words), '[^a-z0-9]+', ' ', 'g'));

create or replace temp table members_before as
select distinct on (nct_id) * from archive.memberships order by nct_id, run_id desc;

-- $members is NULL if the set was not listed. Then no trial joins.
create or replace temp table members_now as
select nct_id from members_before where in_condition_set
union
select nct_id from (select unnest(getvariable('members')::varchar[]) as nct_id) semi join raw.studies using (nct_id)
except
select nct_id from departures;

-- Of all matches of a trial the nearest counts: rank 1 is what a person listed, rank 7 what only the search knows.
create or replace temp table matches as
with
phrases as (select plain_text(unnest(getvariable('phrases')::varchar[])) as phrase),
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
  -- With a space at both ends only whole words match.
  select nct_id, rank, matched_by, matched_text
  from texts
  join phrases on contains(' ' || plain_text(matched_text) || ' ', ' ' || phrase || ' ')
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

-- A member that is matched by something else than before is a change too.
create or replace temp table changed_members as
select nct_id, true as in_condition_set, matches.matched_by, matches.matched_text, null as left_reason
from members_now
join matches using (nct_id)
left join members_before as earlier using (nct_id)
where earlier.in_condition_set is not true
  or (earlier.matched_by, earlier.matched_text) is distinct from (matches.matched_by, matches.matched_text)
union all
select nct_id, false, matched_by, matched_text, departures.reason
from members_before
join departures using (nct_id)
where in_condition_set;

insert into archive.memberships by name
select *, getvariable('run_id') as run_id, getvariable('now') as seen_at from changed_members;

-- A trial that never was a member cannot leave. A merge is recorded in any case: its number now belongs to another trial.
insert into found_outcomes
select nct_id, outcome from departures
where outcome = 'merged' or nct_id in (select nct_id from changed_members where not in_condition_set);
