-- What ranks related trials. A load keeps the terms of each trial, and for small sets also the ranking. In larger sets the
-- ranking is made when it is read.

create table raw.trial_terms (
  nct_id varchar not null,
  trial_number integer not null,
  term ubigint not null,
  kind_number tinyint not null,
  is_broader boolean not null,
  words varchar not null using compression zstd,
  in_condition_set boolean not null,
  status_order tinyint not null
);
comment on table raw.trial_terms is 'The terms that say what each trial is about. Grain: one row per trial and term.';
comment on column raw.trial_terms.nct_id is 'NCT number of the trial.';
comment on column raw.trial_terms.trial_number is 'The digits of the NCT number.';
comment on column raw.trial_terms.term is 'The term as a number: the first half of the MD5 digest of its words in lower case, in alphabetical order, without punctuation.';
comment on column raw.trial_terms.kind_number is 'The kind of term under which the trial has it; see raw.term_kinds. Of several kinds the one that counts most.';
comment on column raw.trial_terms.is_broader is 'Whether the kind is a broader MeSH term.';
comment on column raw.trial_terms.words is 'The term in the words of the trial.';
comment on column raw.trial_terms.in_condition_set is 'Whether the trial is in the condition set.';
comment on column raw.trial_terms.status_order is 'Which of two trials that share as much comes first: 1 if people can join now, 3 if stopped or of unknown status, else 2.';

create table raw.shared_terms (
  term ubigint not null,
  words varchar not null using compression zstd,
  trial_count integer not null,
  listed_trials integer[] not null
);
comment on table raw.shared_terms is 'The terms that can relate trials: a trial of the condition set has them, and another trial too. Grain: one row per term.';
comment on column raw.shared_terms.term is 'The term as a number; see raw.trial_terms.';
comment on column raw.shared_terms.words is 'Its words in lower case, in alphabetical order, without punctuation.';
comment on column raw.shared_terms.trial_count is 'Number of trials of the condition set that have the term.';
comment on column raw.shared_terms.listed_trials is 'Digits of the NCT numbers of these trials. If more than 150 trials have it, the 150 that come first by status_order and NCT number.';

create table raw.kept_relations (
  nct_id varchar not null,
  rank integer not null,
  other_nct_id varchar not null using compression zstd,
  points integer not null,
  shared varchar not null using compression zstd
);
comment on table raw.kept_relations is 'The ranking of main.see_also, in sets of up to 500 trials; empty in larger sets. Grain: one row per trial and related trial.';
comment on column raw.kept_relations.nct_id is 'NCT number of the trial.';
comment on column raw.kept_relations.rank is 'Rank of the related trial.';
comment on column raw.kept_relations.other_nct_id is 'NCT number of the related trial.';
comment on column raw.kept_relations.points is 'The score in main.see_also, times 1,000.';
comment on column raw.kept_relations.shared is 'What the two trials share.';

-- A kind of term has a weight, and says what the term is about. Kinds are numbered by the order in which they count.
create table raw.term_kinds as
select
  kind, subject, weight,
  row_number() over (order by weight desc, subject, kind)::tinyint as kind_number,
  dense_rank() over (order by kind)::tinyint as kind_order
from (values
  ('condition', 'disease', 6),
  ('MeSH term', 'disease', 5),
  ('keyword', 'disease', 4),
  ('broader MeSH term', 'disease', 1),
  ('intervention', 'treatment', 6),
  ('MeSH term', 'treatment', 5),
  ('broader MeSH term', 'treatment', 1),
  ('sponsor', 'sponsor', 2)
) as kinds(kind, subject, weight);
comment on table raw.term_kinds is 'The kinds of terms that relate trials. Grain: one row per kind and subject.';
comment on column raw.term_kinds.kind is 'Name of the kind.';
comment on column raw.term_kinds.subject is 'What terms of this kind are about: disease, treatment or sponsor.';
comment on column raw.term_kinds.weight is 'How much a shared term of this kind counts.';
comment on column raw.term_kinds.kind_number is 'Number of the kind: 1 counts most.';
comment on column raw.term_kinds.kind_order is 'Position of the kind in alphabetical order.';
