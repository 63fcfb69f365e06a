-- Views for common questions about changes: one row for each version that differs from the version before.

create view main.status_changes as
with versions as (
  select
    *,
    lag(overall_status) over before as old_status,
    lag(status_label) over before as old_label,
    lag(version) over before as old_version
  from main.trial_history
  window before as (partition by nct_id order by version)
)
select nct_id, brief_title, valid_from as changed_at, version, old_status, overall_status as new_status, old_label, status_label as new_label
from versions
where old_version is not null and overall_status is distinct from old_status;
comment on view main.status_changes is 'Every change of a trial''s overall status. Grain: one row per trial and version whose status differs from the version before.';
comment on column main.status_changes.nct_id is 'NCT number of the trial.';
comment on column main.status_changes.brief_title is 'Short title, in the version with the new status.';
comment on column main.status_changes.changed_at is 'When this warehouse first had that version (UTC).';
comment on column main.status_changes.version is 'Number of the version.';
comment on column main.status_changes.old_status is 'Overall status before, as the registry''s code.';
comment on column main.status_changes.new_status is 'Overall status after, as the registry''s code.';
comment on column main.status_changes.old_label is 'Overall status before, in the registry''s wording.';
comment on column main.status_changes.new_label is 'Overall status after, in the registry''s wording.';

create view main.date_slips as
with dates as (
  select
    nct_id, brief_title, version, valid_from,
    'start_date' as date_name,
    start_date as new_date, start_date_precision as new_precision, start_date_type as new_type
  from main.trial_history
  union all
  select
    nct_id, brief_title, version, valid_from,
    'primary_completion_date',
    primary_completion_date, primary_completion_date_precision, primary_completion_date_type
  from main.trial_history
  union all
  select
    nct_id, brief_title, version, valid_from,
    'completion_date',
    completion_date, completion_date_precision, completion_date_type
  from main.trial_history
),
versions as (
  select
    *,
    lag(version) over before as old_version,
    lag(new_date) over before as old_date,
    lag(new_precision) over before as old_precision,
    lag(new_type) over before as old_type
  from dates
  window before as (partition by nct_id, date_name order by version)
)
select
  nct_id,
  brief_title,
  valid_from as changed_at,
  version,
  date_name,
  old_date,
  new_date,
  new_date - old_date as days_moved,
  old_precision,
  new_precision,
  old_type,
  new_type
from versions
where old_version is not null
  and (new_date, new_precision, new_type) is distinct from (old_date, old_precision, old_type);
comment on view main.date_slips is 'Every change of a trial''s start, primary completion or completion date. Grain: one row per trial, version and date that differs from the version before.';
comment on column main.date_slips.nct_id is 'NCT number of the trial.';
comment on column main.date_slips.brief_title is 'Short title, in the version with the new date.';
comment on column main.date_slips.changed_at is 'When this warehouse first had that version (UTC).';
comment on column main.date_slips.version is 'Number of the version.';
comment on column main.date_slips.date_name is 'start_date, primary_completion_date or completion_date.';
comment on column main.date_slips.old_date is 'The date before: the first day of what is known.';
comment on column main.date_slips.new_date is 'The date after: the first day of what is known.';
comment on column main.date_slips.days_moved is 'Days from the old to the new date; above 0 if the new date is later. NULL if one of the dates is missing.';
comment on column main.date_slips.old_precision is 'How much of the old date is known: day, month or year.';
comment on column main.date_slips.new_precision is 'How much of the new date is known: day, month or year.';
comment on column main.date_slips.old_type is 'Type of the old date: ACTUAL, ESTIMATED or NULL.';
comment on column main.date_slips.new_type is 'Type of the new date: ACTUAL, ESTIMATED or NULL.';

create view main.enrollment_changes as
with versions as (
  select
    *,
    lag(version) over before as old_version,
    lag(enrollment) over before as old_enrollment,
    lag(enrollment_type) over before as old_type
  from main.trial_history
  window before as (partition by nct_id order by version)
)
select
  nct_id,
  brief_title,
  valid_from as changed_at,
  version,
  old_enrollment,
  enrollment as new_enrollment,
  enrollment - old_enrollment as difference,
  old_type,
  enrollment_type as new_type
from versions
where old_version is not null and (enrollment, enrollment_type) is distinct from (old_enrollment, old_type);
comment on view main.enrollment_changes is 'Every change of a trial''s enrolment. Grain: one row per trial and version whose number or type differs from the version before.';
comment on column main.enrollment_changes.nct_id is 'NCT number of the trial.';
comment on column main.enrollment_changes.brief_title is 'Short title, in the version with the new number.';
comment on column main.enrollment_changes.changed_at is 'When this warehouse first had that version (UTC).';
comment on column main.enrollment_changes.version is 'Number of the version.';
comment on column main.enrollment_changes.old_enrollment is 'Number of participants before.';
comment on column main.enrollment_changes.new_enrollment is 'Number of participants after.';
comment on column main.enrollment_changes.difference is 'The new number minus the old one; NULL if one of them is missing.';
comment on column main.enrollment_changes.old_type is 'Type of the old number: ACTUAL, ESTIMATED or NULL.';
comment on column main.enrollment_changes.new_type is 'Type of the new number: ACTUAL, ESTIMATED or NULL.';

create view main.results_posted as
with versions as (
  select *, lag(has_results) over (partition by nct_id order by version) as had_results
  from main.trial_history
)
select nct_id, brief_title, valid_from as changed_at, version, results_first_post_date
from versions
where has_results and had_results is not distinct from false;
comment on view main.results_posted is 'Results that were posted since this warehouse began. Grain: one row per trial and version that has results, after a version without results.';
comment on column main.results_posted.nct_id is 'NCT number of the trial.';
comment on column main.results_posted.brief_title is 'Short title, in the version with results.';
comment on column main.results_posted.changed_at is 'When this warehouse first had that version (UTC).';
comment on column main.results_posted.version is 'Number of the version.';
comment on column main.results_posted.results_first_post_date is 'Day on which the results were first public.';

create view main.membership_changes as
with turns as (
  select
    *,
    lag(in_condition_set) over each_membership as was_in,
    row_number() over each_membership as number
  from archive.memberships
  window each_membership as (partition by condition_set, nct_id order by run_id)
)
select
  nct_id,
  trials.brief_title,
  seen_at as changed_at,
  run_id,
  case
    when not turns.in_condition_set then 'left'
    when number = 1 then 'joined'
    else 'returned'
  end as change,
  case
    when not turns.in_condition_set then left_reason
    else concat_ws(': ', matched_by, matched_text)
  end as reason,
  condition_set
from turns
left join main.trials using (nct_id)
where turns.in_condition_set is distinct from was_in;
comment on view main.membership_changes is 'New and left trials: which trials joined a condition set, left it or returned to it. Grain: one row per set, trial and change of membership.';
comment on column main.membership_changes.nct_id is 'NCT number of the trial.';
comment on column main.membership_changes.brief_title is 'Short title of the trial now.';
comment on column main.membership_changes.changed_at is 'Time of the run that found the change (UTC).';
comment on column main.membership_changes.run_id is 'The run that found the change.';
comment on column main.membership_changes.change is 'joined, left or returned.';
comment on column main.membership_changes.reason is 'What put the trial in the set, or why it left: left the search, withheld by its sponsor, merged into another trial, gone from the registry, or excluded by hand.';
comment on column main.membership_changes.condition_set is 'Name of the set.';

create view main.trial_aliases as
with recursive
listed as (
  select listing.id_value as nct_id, min(listing.nct_id) as current_nct_id
  from ctgov.id_information as listing
  join raw.studies as lister using (nct_id)
  left join raw.studies as own on own.nct_id = listing.id_value
  where id_source = 'nct_alias' and id_value <> listing.nct_id
    and coalesce(own.last_checked_at < lister.last_checked_at, true)  -- otherwise the number has its own record again
  group by id_value
),
followed as (
  select nct_id, current_nct_id, array[nct_id] as seen, 1 as step from listed
  union all
  select followed.nct_id, listed.current_nct_id, array_append(seen, followed.current_nct_id), step + 1
  from followed
  join listed on listed.nct_id = followed.current_nct_id
  where array_position(seen, listed.current_nct_id) is null
)
select distinct on (nct_id) nct_id, current_nct_id
from followed
order by nct_id, step desc;
comment on view main.trial_aliases is 'Obsolete NCT numbers of trials that were merged into another, as the records list them. Grain: one row per obsolete number.';
comment on column main.trial_aliases.nct_id is 'The obsolete NCT number.';
comment on column main.trial_aliases.current_nct_id is 'The NCT number that the trial has now.';

create view main.changes as
select
  changed_at,
  change.nct_id,
  trials.brief_title,
  change.kind,
  change.weight,
  change.path,
  change.element,
  change.old_value,
  change.new_value,
  cast(null as varchar) as reason,
  change.version,
  cast(null as varchar) as condition_set
from main.trial_changes as change
left join main.trials using (nct_id)
union all
select changed_at, nct_id, brief_title, change, 'major', null, null, null, null, reason, null, condition_set
from main.membership_changes;
comment on view main.changes is 'Everything that happened to the trials: changed fields, and trials that joined or left a condition set. Grain: one row per change.';
comment on column main.changes.changed_at is 'Time of the run that found the change (UTC).';
comment on column main.changes.nct_id is 'NCT number of the trial.';
comment on column main.changes.brief_title is 'Short title of the trial now.';
comment on column main.changes.kind is 'joined, left or returned for a trial; changed, added, removed or reordered for a field.';
comment on column main.changes.weight is 'major, minor or administrative, as in trial_changes; major for a trial that joined, left or returned.';
comment on column main.changes.path is 'Path of the field in the record, with [] after each list; NULL for the trial itself.';
comment on column main.changes.element is 'What identifies the list element that contains the field; NULL if the field is not in a list.';
comment on column main.changes.old_value is 'The value before, as text; a whole element as JSON; NULL if there was no value.';
comment on column main.changes.new_value is 'The value after, as text; a whole element as JSON; NULL if there is no value.';
comment on column main.changes.reason is 'Why the trial joined or left; NULL for fields.';
comment on column main.changes.version is 'The version with the new value; NULL for the trial itself.';
comment on column main.changes.condition_set is 'The set that the trial joined or left; NULL for fields.';
