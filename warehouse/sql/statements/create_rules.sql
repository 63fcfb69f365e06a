-- Create the table of the rules that derived columns come from.
-- Reads: nothing. Writes: main.rules.
create table main.rules (
  position integer,
  kind varchar,
  rule varchar,
  concept varchar,
  value varchar,
  words varchar[],
  pass_over varchar[],
  alone boolean,
  unit varchar,
  units map(varchar, double),
  minimum double,
  maximum double,
  source varchar,
  file varchar,
  version varchar
);
comment on table main.rules is 'The rules by which texts are read: what the derived columns of interventions, outcomes, criteria and mentions come from. Grain: one row per rule.';
comment on column main.rules.position is 'Position of the rule. Where one rule has to be chosen of several that match, the first is.';
comment on column main.rules.kind is 'What the rule is for: intervention_class, outcome_class, criterion_measure or mention.';
comment on column main.rules.rule is 'Name of the rule, as intervention_class_rule and the like have it.';
comment on column main.rules.concept is 'Concept of a mention, such as score; NULL for other kinds.';
comment on column main.rules.value is 'What the rule says of a text that it matches.';
comment on column main.rules.words is 'Words that the rule looks for, as regular expressions; a space stands for any gap.';
comment on column main.rules.pass_over is 'Longer texts that contain a word and mean something else.';
comment on column main.rules.alone is 'Whether a text that the rule matches is matched by no later rule of its kind: the placebo of a drug is not that drug.';
comment on column main.rules.unit is 'Unit of value_in_unit, for a measure.';
comment on column main.rules.units is 'How many units each other unit is, for a measure.';
comment on column main.rules.minimum is 'Smallest number that can be meant, in the unit, for a measure.';
comment on column main.rules.maximum is 'Largest number that can be meant, in the unit, for a measure.';
comment on column main.rules.source is 'Where the rule comes from; NULL if its file does not say.';
comment on column main.rules.file is 'File that the rule stands in.';
comment on column main.rules.version is 'Version of the file: the first digits of the SHA-256 of its content.';
