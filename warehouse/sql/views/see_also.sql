-- Related trials: kept by the load in small sets, and ranked when they are read in larger ones.

create view main.see_also as
select * from raw.list_related(null);
comment on view main.see_also is 'The trials of the condition set that share the most with each trial, up to 50. With more than 500 trials they are ranked when they are read: use main.see_also_of(''...'') for one, main.see_also_of([''...'', ''...'']) for several; a filter other than nct_id = ''...'' ranks all, which takes minutes. Grain: one row per trial and related trial.';
comment on column main.see_also.nct_id is 'NCT number of the trial.';
comment on column main.see_also.rank is 'Rank of the related trial: 1 shares the most. Of trials that share as much, those that people can join now come first, and those stopped or of unknown status last; then the NCT number decides.';
comment on column main.see_also.other_nct_id is 'NCT number of the related trial, which is in the condition set.';
comment on column main.see_also.status_label is 'Status of the related trial in the registry''s wording.';
comment on column main.see_also.brief_title is 'Short title of the related trial.';
comment on column main.see_also.phase_label is 'Phase of the related trial in the registry''s wording; NULL if its record has none.';
comment on column main.see_also.score is 'How much the two trials share: the sum over the shared terms of the term''s weight in this trial times its rarity in the set. Compare scores only within the list of one trial.';
comment on column main.see_also.shared is 'What the two trials share, in the words of this trial: at most five terms, the rarest and weightiest first.';
