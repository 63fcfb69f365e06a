-- Return the rules in their order, with the attributes of `transform.rules.model.Rule`.
-- Reads: main.rules. Writes: nothing.
select
  kind,
  rule as name,
  value,
  words,
  pass_over,
  alone,
  coalesce(source, '') as source,
  file,
  version,
  coalesce(concept, '') as concept,
  unit,
  units,
  minimum,
  maximum
from main.rules
order by position
