-- Let the warehouse follow several condition sets. Each sync has a row for each set, and each change of membership
-- belongs to a set. Until now a warehouse followed one set at a time.

create table ops.run_sets (
  run_id bigint not null,
  position integer not null,
  condition_set varchar not null,
  title varchar,
  digest varchar not null,
  listed bigint,
  first_update_date date,
  refused varchar
);
comment on table ops.run_sets is 'The condition sets of each sync, unless it failed before its load ended. Grain: one row per run and set.';
comment on column ops.run_sets.run_id is 'The run.';
comment on column ops.run_sets.position is 'Position of the set among those of the run, from 1.';
comment on column ops.run_sets.condition_set is 'Name of the set.';
comment on column ops.run_sets.title is 'The disease in words; NULL if the run was of a version that did not keep it.';
comment on column ops.run_sets.digest is 'Digest of the content of the set.';
comment on column ops.run_sets.listed is 'Trials in the listing of the set; NULL if the set was not listed.';
comment on column ops.run_sets.first_update_date is 'First update date that was listed; NULL if the whole set was listed. In a very large set, six nights of seven list what was updated.';
comment on column ops.run_sets.refused is 'Why the listing was not believed; NULL if it was, or if the set was not listed.';

insert into ops.run_sets
select
  run_id,
  1,
  condition_set,
  (select value ->> 'title' from ops.store where key = 'condition_set' and (value ->> 'name') = condition_set),
  condition_set_digest,
  listed,
  null,
  null
from ops.runs
where command = 'sync' and outcome in ('published', 'unchanged');

alter table archive.memberships rename to earlier_memberships;
create table archive.memberships (
  condition_set varchar not null,
  nct_id varchar not null,
  run_id bigint not null,
  seen_at timestamp not null,
  in_condition_set boolean not null,
  matched_by varchar,
  matched_text varchar,
  left_reason varchar
);
comment on table archive.memberships is 'What was found of each trial''s place in each condition set, whenever it was something new. Rows are added, never removed. Grain: one row per set, trial and run that found a change.';
comment on column archive.memberships.condition_set is 'Name of the set.';
comment on column archive.memberships.nct_id is 'NCT number of the trial.';
comment on column archive.memberships.run_id is 'The run that found it.';
comment on column archive.memberships.seen_at is 'Time of that run (UTC).';
comment on column archive.memberships.in_condition_set is 'Whether the trial was in the set from then on.';
comment on column archive.memberships.matched_by is 'What put the trial in the set: listed by hand, condition, mesh term, keyword, title, mesh ancestor, or search only (the registry found it by a synonym).';
comment on column archive.memberships.matched_text is 'The words of the record that matched.';
comment on column archive.memberships.left_reason is 'Why it left: left the search, withheld by its sponsor, merged into another trial, gone from the registry, or excluded by hand.';

-- A set that replaced another one took over its members, so all of them count as members of the last one.
insert into archive.memberships by name
select *, (select arg_max(condition_set, run_id) from ops.runs where command = 'sync') as condition_set
from archive.earlier_memberships;
drop table archive.earlier_memberships;

-- What was one set is a list of sets.
update ops.store set key = 'condition_sets', value = '[' || value || ']' where key = 'condition_set';
