-- The changed fields of the versions. A load compares the records and fills it.

create table main.trial_changes (
  nct_id varchar not null,
  version integer not null,
  changed_at timestamp not null,
  path varchar not null,
  element varchar,
  kind varchar not null,
  weight varchar,
  old_value varchar,
  new_value varchar
);
comment on table main.trial_changes is 'What each version of a trial''s record changed from the version before. Grain: one row per trial, version and changed field or list element.';
comment on column main.trial_changes.nct_id is 'NCT number of the trial.';
comment on column main.trial_changes.version is 'The version that has the new value; see trial_versions.';
comment on column main.trial_changes.changed_at is 'When this warehouse first had that version (UTC).';
comment on column main.trial_changes.path is 'Path of the field in the record, with [] after each list, as in ops.drift and the data dictionary.';
comment on column main.trial_changes.element is 'What identifies the list element that contains the field, such as the facility and city of a site; NULL if the field is not in a list.';
comment on column main.trial_changes.kind is 'changed, added, removed or reordered (a list has the same elements in another order).';
comment on column main.trial_changes.weight is 'How much the change matters: major (status, why it stopped, enrolment, start and completion dates, phase and design, primary outcome, eligibility, arms and interventions, results), minor (sites, contacts, other content, a list in another order) or administrative (submit, post and verification dates, indexing); NULL for a field that this version of aclf-trials does not know.';
comment on column main.trial_changes.old_value is 'The value before, as text; a whole element as JSON; NULL if there was no value.';
comment on column main.trial_changes.new_value is 'The value after, as text; a whole element as JSON; NULL if there is no value.';
