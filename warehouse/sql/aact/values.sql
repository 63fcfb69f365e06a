-- Creates macros for numbers, texts, arrays and series of rows. Reads: patterns.sql.

-- Where two DECIMALs of 38 digits meet (coalesce, case, union …), DuckDB drops the decimals of one. So every macro for
-- numbers returns a DOUBLE, as all columns are that are `numeric` in AACT.
-- A DOUBLE may lie beside the decimal number that is meant: 1.005 is 1.00499999999999989, and 0.57 * 100 is
-- 56.99999999999999. So the macros allow for the sixteenth digit. A larger number has no digits to spare.

-- Halves are rounded away from zero. To add 0 makes 0 of -0.
create macro ctgov.aact_rounded(value, places) as
  system.main.round(
    value + if(abs(value) * power(10, places) < 1e14, value * 1e-15, 0), cast(places as integer)
  ) + 0.0::double;
create macro ctgov.round
  (value) as ctgov.aact_rounded(cast(value as double), 0),
  (value, places) as ctgov.aact_rounded(cast(value as double), places);
comment on macro ctgov.round is 'A number rounded to decimal places, halves away from zero, as PostgreSQL rounds a numeric.';

-- The text of a rounded number, with all its decimals.
create macro ctgov.aact_fixed(value, places) as printf('%.' || places || 'f', cast(value as double));

create macro ctgov.aact_settled(value) as
  if(
    abs(value) < 1e14 and abs(value - system.main.round(value, 0)) <= abs(value) * 4e-16,
    system.main.round(value, 0),
    value
  );
create macro ctgov.trunc
  (value) as system.main.trunc(ctgov.aact_settled(cast(value as double))) + 0.0::double,
  (value, places) as
    system.main.trunc(ctgov.aact_settled(cast(value as double) * power(10, places))) / power(10, places) + 0.0::double;
comment on macro ctgov.trunc is 'A number without its decimals, or cut after some of them.';
create macro ctgov.ceil(value) as system.main.ceil(ctgov.aact_settled(cast(value as double))) + 0.0::double;
comment on macro ctgov.ceil is 'The smallest whole number that is not below a number.';
create macro ctgov.ceiling(value) as ctgov.ceil(value);
comment on macro ctgov.ceiling is 'The smallest whole number that is not below a number.';
create macro ctgov.floor(value) as system.main.floor(ctgov.aact_settled(cast(value as double)));
comment on macro ctgov.floor is 'The largest whole number that is not above a number.';
create macro ctgov.sign(value) as cast(system.main.sign(value) as double);
comment on macro ctgov.sign is '1, 0 or -1: the sign of a number.';

create macro ctgov.div(dividend, divisor) as ctgov.trunc(cast(dividend as double) / divisor);
comment on macro ctgov.div is 'The whole part of a quotient.';

-- `low` may also be the higher bound: the buckets then count down.
create macro ctgov.aact_bucket(share, count) as
  cast(
    case
      when share < 0 then 0
      when share >= 1 then count + 1
      else system.main.floor(ctgov.aact_settled(share * count)) + 1
    end
    as integer
  );
create macro ctgov.width_bucket(value, low, high, count) as
  ctgov.aact_bucket((cast(value as double) - low) / (high - low), count);
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

create macro ctgov.unaccent(string) as strip_accents(string);
comment on macro ctgov.unaccent is 'The text without accents.';

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
  case
    when string = '' then cast([] as varchar[])
    when separator = '' then [string]
    else system.main.string_to_array(string, separator)
  end;
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
