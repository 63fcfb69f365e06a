-- A table and no view: to rank whenever it is read would cost too much. Each load that changes something fills it anew.

create table main.see_also (
  nct_id varchar not null using compression zstd,
  rank integer not null,
  other_nct_id varchar not null using compression zstd,
  status_label varchar using compression zstd,
  brief_title varchar using compression zstd,
  phase_label varchar using compression zstd,
  score double not null,
  shared varchar not null using compression zstd
);
comment on table main.see_also is 'For each trial the trials of the condition set that share the most with it, up to 50. Grain: one row per trial and related trial.';
comment on column main.see_also.nct_id is 'NCT number of the trial.';
comment on column main.see_also.rank is 'Place of the related trial, 1 for the one that shares most. Of equals: first those that people can join now, last those stopped or of unknown status, then by NCT number.';
comment on column main.see_also.other_nct_id is 'NCT number of the related trial, which is in the condition set.';
comment on column main.see_also.status_label is 'Status of the related trial in the registry''s wording.';
comment on column main.see_also.brief_title is 'Short title of the related trial.';
comment on column main.see_also.phase_label is 'Phase of the related trial in the registry''s wording; NULL where its record has none.';
comment on column main.see_also.score is 'How much they share: what a shared term means to this trial, times how rare the term is in the set, summed. To be compared within one trial''s list.';
comment on column main.see_also.shared is 'What they share in this trial''s words, the rarest and weightiest first, at most five.';
