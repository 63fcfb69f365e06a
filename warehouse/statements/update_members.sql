-- Who is in the condition set now. `members` is NULL where the set was not listed, and then nobody joins.
create or replace temp table listed_members as
select unnest(getvariable('members')::varchar[]) as nct_id;

create or replace temp table changed_members as
select nct_id from listed_members
where nct_id in (select nct_id from raw.studies)
  and nct_id not in (select nct_id from main.condition_set_members where member_until is null)
union
select nct_id from departures
where nct_id in (select nct_id from main.condition_set_members where member_until is null);

update main.condition_set_members as member
set member_until = null, left_reason = null
where member_until is not null and nct_id in (from listed_members);

insert into main.condition_set_members (nct_id, member_since)
select nct_id, getvariable('now')
from listed_members
where nct_id in (select nct_id from raw.studies)
  and nct_id not in (select nct_id from main.condition_set_members);

update main.condition_set_members as member
set member_until = getvariable('now'), left_reason = departure.reason
from departures as departure
where member.nct_id = departure.nct_id and member.member_until is null;

-- Who never was a member cannot leave; that a number is another trial's now is worth telling all the same.
insert into found_outcomes
select nct_id, outcome from departures
where outcome = 'merged' or nct_id in (from changed_members);
