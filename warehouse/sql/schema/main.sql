-- A table of version 1. Migration 3 replaces it with a view of the same name.

create table main.condition_set_members (
  nct_id varchar not null,
  matched_by varchar,
  matched_text varchar,
  member_since timestamptz not null,
  member_until timestamptz,
  left_reason varchar
);
comment on table main.condition_set_members is 'Which trials are in the condition set, and which have left it. Grain: one row per trial ever in the set.';
comment on column main.condition_set_members.nct_id is 'NCT number of the trial.';
comment on column main.condition_set_members.matched_by is 'What puts the trial in the set: listed by hand, condition, mesh term, keyword, title, mesh ancestor, or search only (the registry found it by a synonym).';
comment on column main.condition_set_members.matched_text is 'The words of the record that matched.';
comment on column main.condition_set_members.member_since is 'When the trial was first found in the set (UTC).';
comment on column main.condition_set_members.member_until is 'When the trial was found to have left the set (UTC); NULL while it is in it.';
comment on column main.condition_set_members.left_reason is 'Why it left: left the search, merged into another trial, gone from the registry, or excluded by hand.';
