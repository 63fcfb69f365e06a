-- Creates macros for numbers, texts, arrays and series of rows. Reads: patterns.sql.

-- Round the decimal number, not its DOUBLE: 1.005 becomes 1.01 as a numeric of PostgreSQL, but 1.0 as a DOUBLE.
create macro ctgov.round
  (value) as system.main.round(value),
  (value, places) as
    case
      when places > 10 then error('round to at most 10 places here')
      else system.main.round(cast(value as decimal(38, 10)), places)
    end;
comment on macro ctgov.round is 'A number rounded to decimal places, halves away from zero, as PostgreSQL rounds a numeric.';

create macro ctgov.div(dividend, divisor) as system.main.trunc(dividend / divisor);
comment on macro ctgov.div is 'The whole part of a quotient.';

create macro ctgov.width_bucket(value, low, high, count) as
  case
    when value < low then 0
    when value >= high then count + 1
    else cast(floor((value - low) * 1.0::double / (high - low) * count) as integer) + 1
  end;
comment on macro ctgov.width_bucket is 'The number of the bucket, among equal ones between two bounds, that a number falls in.';

create macro ctgov.to_number(string, format) as
  cast(system.main.regexp_replace(string, '[^0-9.+-]', '', 'g') as double);
comment on macro ctgov.to_number is 'The number in a text; the format is ignored.';

create macro ctgov.every(condition) as bool_and(condition);
comment on macro ctgov.every is 'Whether a condition holds in every row.';

create macro ctgov.initcap(string) as
  ctgov.aact_joined([
    upper(left(word, 1)) || lower(word[2:])
    for word in system.main.regexp_extract_all(string, '[\p{L}\p{N}]+|[^\p{L}\p{N}]+')
  ]);
comment on macro ctgov.initcap is 'The text with the first letter of every word in upper case and the rest in lower case.';

create macro ctgov.btrim
  (string) as trim(string),
  (string, characters) as trim(string, characters);
comment on macro ctgov.btrim is 'The text without spaces, or some characters, at both ends.';

create macro ctgov.lpad
  (string, length) as system.main.lpad(string, length, ' '),
  (string, length, fill) as system.main.lpad(string, length, fill);
comment on macro ctgov.lpad is 'The text filled on the left, by default with spaces.';

create macro ctgov.rpad
  (string, length) as system.main.rpad(string, length, ' '),
  (string, length, fill) as system.main.rpad(string, length, fill);
comment on macro ctgov.rpad is 'The text filled on the right, by default with spaces.';

create macro ctgov.octet_length(string) as strlen(string);
comment on macro ctgov.octet_length is 'The number of bytes of a text.';

create macro ctgov.aact_shown(value) as coalesce(cast(value as varchar), '');
create macro ctgov.format
  (template, a) as printf(template, ctgov.aact_shown(a)),
  (template, a, b) as printf(template, ctgov.aact_shown(a), ctgov.aact_shown(b)),
  (template, a, b, c) as printf(template, ctgov.aact_shown(a), ctgov.aact_shown(b), ctgov.aact_shown(c)),
  (template, a, b, c, d) as
    printf(template, ctgov.aact_shown(a), ctgov.aact_shown(b), ctgov.aact_shown(c), ctgov.aact_shown(d));
comment on macro ctgov.format is 'A template whose %s are replaced by up to four values.';

create macro ctgov.string_to_array(string, separator) as
  case when string = '' then cast([] as varchar[]) else system.main.string_to_array(string, separator) end;
comment on macro ctgov.string_to_array is 'The parts of a text between separators; an empty array for an empty text.';

create macro ctgov.array_length(list, dimension) as case when dimension = 1 then nullif(len(list), 0) end;
comment on macro ctgov.array_length is 'The number of elements; NULL for an empty array.';

create macro ctgov.cardinality(list) as len(list);
comment on macro ctgov.cardinality is 'The number of elements.';

create macro ctgov.array_remove(list, value) as [element for element in list if element is distinct from value];
comment on macro ctgov.array_remove is 'The array without a value.';

create macro ctgov.array_to_string
  (list, separator) as
    case when list is not null then coalesce(system.main.array_to_string(list, separator), '') end,
  (list, separator, for_null) as
    case
      when list is not null then coalesce(
        system.main.array_to_string([coalesce(cast(element as varchar), for_null) for element in list], separator), ''
      )
    end;
comment on macro ctgov.array_to_string is
  'The elements as one text. NULLs are left out, or replaced by the third argument. An empty array gives an empty text.';

create macro ctgov.generate_series
  (first, last) as unnest(system.main.generate_series(first, last)),
  (first, last, step) as unnest(system.main.generate_series(first, last, step));
comment on macro ctgov.generate_series is 'One row per step from the first to the last, in the select list.';
