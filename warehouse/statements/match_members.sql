-- What puts each member in the set: its nearest match, from what a person listed to what only the search knows.
create or replace temp macro plain(words) as
  trim(regexp_replace(lower(words), '[^a-z0-9]+', ' ', 'g'));

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
  select nct_id, 7, 'search only', null from main.condition_set_members
)
select distinct on (nct_id) nct_id, matched_by, matched_text
from found
order by nct_id, rank, matched_text;

update main.condition_set_members as member
set matched_by = matches.matched_by, matched_text = matches.matched_text
from matches
where member.nct_id = matches.nct_id
  and member.member_until is null
  and (member.matched_by is distinct from matches.matched_by
    or member.matched_text is distinct from matches.matched_text);
