-- Creates macros for JSON. Reads: nothing.
-- A macro cannot have a variable number of arguments, so each number of arguments has its own form.

create type ctgov.jsonb as json;

create macro ctgov.aact_json_array(list) as case when list is not null then to_json(list) end;
create macro ctgov.json_agg(value) as ctgov.aact_json_array(list(value));
comment on macro ctgov.json_agg is 'A JSON array of the values of the rows.';
create macro ctgov.jsonb_agg(value) as ctgov.aact_json_array(list(value));
comment on macro ctgov.jsonb_agg is 'A JSON array of the values of the rows.';

-- For `json_object_agg(k, v order by x)`: PostgreSQL keeps each pair of json, and the last one of a key of jsonb.
create macro ctgov.aact_json_pair(key, value) as {'key': cast(key as varchar), 'value': to_json(value)};
create macro ctgov.aact_json_object(pairs) as
  case
    when pairs is not null then cast(
      '{' || system.main.array_to_string(
        [
          case when pair.key is null then error('null value not allowed for object key') else cast(to_json(pair.key) as varchar) end
          || ':' || coalesce(cast(pair.value as varchar), 'null')
          for pair in pairs
        ], ','
      ) || '}' as json)
  end;
create macro ctgov.aact_jsonb_object(pairs) as
  ctgov.aact_json_object([
    pairs[i] for i in system.main.range(1, len(pairs) + 1)
    if not list_contains([later.key for later in pairs[i + 1:]], pairs[i].key)
  ]);

-- For `||`: PostgreSQL merges two objects, and joins everything else as arrays; the inner documents stay as they are.
create macro ctgov.aact_json_elements(document) as
  case when json_type(document) = 'ARRAY' then try_cast(document as json[]) else [document] end;
create macro ctgov.aact_json_texts(document) as
  case when json_type(document) = 'ARRAY' then [part ->> '$' for part in ctgov.aact_json_elements(document)] end;
create macro ctgov.aact_jsonb_joined(a, b) as
  case
    when a is null or b is null then null
    when json_type(cast(a as json)) = 'OBJECT' and json_type(cast(b as json)) = 'OBJECT' then
      to_json(map_concat(try_cast(cast(a as json) as map(varchar, json)), try_cast(cast(b as json) as map(varchar, json))))
    else to_json(
      list_concat(ctgov.aact_json_elements(cast(a as json)), ctgov.aact_json_elements(cast(b as json)))
    )
  end;
create macro ctgov.aact_joined_texts(a, b) as
  case
    when typeof(a) = 'JSON' or typeof(b) = 'JSON' then
      error('the types of both sides of || are not clear from the query: cast both to jsonb, or both to text')
    else a || b
  end;

create macro ctgov.json_typeof(document) as
  case json_type(document)
    when 'VARCHAR' then 'string'
    when 'UBIGINT' then 'number'
    when 'BIGINT' then 'number'
    when 'DOUBLE' then 'number'
    else lower(json_type(document))
  end;
comment on macro ctgov.json_typeof is 'The type of a JSON document: object, array, string, number, boolean or null.';
create macro ctgov.jsonb_typeof(document) as ctgov.json_typeof(document);
comment on macro ctgov.jsonb_typeof is 'The type of a JSON document: object, array, string, number, boolean or null.';
create macro ctgov.jsonb_pretty(document) as json_pretty(document);
comment on macro ctgov.jsonb_pretty is 'A JSON document with one key or element a line.';

create macro ctgov.json_object_agg(key, value) as json_group_object(cast(key as varchar), value);
comment on macro ctgov.json_object_agg is 'A JSON object of the keys and values of the rows.';
create macro ctgov.jsonb_object_agg(key, value) as json_group_object(cast(key as varchar), value);
comment on macro ctgov.jsonb_object_agg is 'A JSON object of the keys and values of the rows.';
create macro ctgov.to_jsonb(value) as to_json(value);
comment on macro ctgov.to_jsonb is 'A value as JSON.';
-- DuckDB's own returns an unsigned number, from which nothing larger can be subtracted.
create macro ctgov.json_array_length(document) as cast(system.main.json_array_length(document) as integer);
comment on macro ctgov.json_array_length is 'The number of elements of a JSON array.';
create macro ctgov.jsonb_array_length(document) as ctgov.json_array_length(document);
comment on macro ctgov.jsonb_array_length is 'The number of elements of a JSON array.';

create macro ctgov.json_build_object
  (k1, v1) as json_object(k1::varchar, v1),
  (k1, v1, k2, v2) as json_object(k1::varchar, v1, k2::varchar, v2),
  (k1, v1, k2, v2, k3, v3) as json_object(k1::varchar, v1, k2::varchar, v2, k3::varchar, v3),
  (k1, v1, k2, v2, k3, v3, k4, v4) as json_object(k1::varchar, v1, k2::varchar, v2, k3::varchar, v3, k4::varchar, v4),
  (k1, v1, k2, v2, k3, v3, k4, v4, k5, v5) as
    json_object(k1::varchar, v1, k2::varchar, v2, k3::varchar, v3, k4::varchar, v4, k5::varchar, v5),
  (k1, v1, k2, v2, k3, v3, k4, v4, k5, v5, k6, v6) as
    json_object(k1::varchar, v1, k2::varchar, v2, k3::varchar, v3, k4::varchar, v4, k5::varchar, v5, k6::varchar, v6),
  (k1, v1, k2, v2, k3, v3, k4, v4, k5, v5, k6, v6, k7, v7) as
    json_object(k1::varchar, v1, k2::varchar, v2, k3::varchar, v3, k4::varchar, v4, k5::varchar, v5, k6::varchar, v6, k7::varchar, v7),
  (k1, v1, k2, v2, k3, v3, k4, v4, k5, v5, k6, v6, k7, v7, k8, v8) as
    json_object(k1::varchar, v1, k2::varchar, v2, k3::varchar, v3, k4::varchar, v4, k5::varchar, v5, k6::varchar, v6, k7::varchar, v7, k8::varchar, v8),
  (k1, v1, k2, v2, k3, v3, k4, v4, k5, v5, k6, v6, k7, v7, k8, v8, k9, v9) as
    json_object(k1::varchar, v1, k2::varchar, v2, k3::varchar, v3, k4::varchar, v4, k5::varchar, v5, k6::varchar, v6, k7::varchar, v7, k8::varchar, v8, k9::varchar, v9),
  (k1, v1, k2, v2, k3, v3, k4, v4, k5, v5, k6, v6, k7, v7, k8, v8, k9, v9, k10, v10) as
    json_object(k1::varchar, v1, k2::varchar, v2, k3::varchar, v3, k4::varchar, v4, k5::varchar, v5, k6::varchar, v6, k7::varchar, v7, k8::varchar, v8, k9::varchar, v9, k10::varchar, v10);
comment on macro ctgov.json_build_object is 'A JSON object of up to ten keys and their values.';

create macro ctgov.jsonb_build_object
  (k1, v1) as json_object(k1::varchar, v1),
  (k1, v1, k2, v2) as json_object(k1::varchar, v1, k2::varchar, v2),
  (k1, v1, k2, v2, k3, v3) as json_object(k1::varchar, v1, k2::varchar, v2, k3::varchar, v3),
  (k1, v1, k2, v2, k3, v3, k4, v4) as json_object(k1::varchar, v1, k2::varchar, v2, k3::varchar, v3, k4::varchar, v4),
  (k1, v1, k2, v2, k3, v3, k4, v4, k5, v5) as
    json_object(k1::varchar, v1, k2::varchar, v2, k3::varchar, v3, k4::varchar, v4, k5::varchar, v5),
  (k1, v1, k2, v2, k3, v3, k4, v4, k5, v5, k6, v6) as
    json_object(k1::varchar, v1, k2::varchar, v2, k3::varchar, v3, k4::varchar, v4, k5::varchar, v5, k6::varchar, v6),
  (k1, v1, k2, v2, k3, v3, k4, v4, k5, v5, k6, v6, k7, v7) as
    json_object(k1::varchar, v1, k2::varchar, v2, k3::varchar, v3, k4::varchar, v4, k5::varchar, v5, k6::varchar, v6, k7::varchar, v7),
  (k1, v1, k2, v2, k3, v3, k4, v4, k5, v5, k6, v6, k7, v7, k8, v8) as
    json_object(k1::varchar, v1, k2::varchar, v2, k3::varchar, v3, k4::varchar, v4, k5::varchar, v5, k6::varchar, v6, k7::varchar, v7, k8::varchar, v8),
  (k1, v1, k2, v2, k3, v3, k4, v4, k5, v5, k6, v6, k7, v7, k8, v8, k9, v9) as
    json_object(k1::varchar, v1, k2::varchar, v2, k3::varchar, v3, k4::varchar, v4, k5::varchar, v5, k6::varchar, v6, k7::varchar, v7, k8::varchar, v8, k9::varchar, v9),
  (k1, v1, k2, v2, k3, v3, k4, v4, k5, v5, k6, v6, k7, v7, k8, v8, k9, v9, k10, v10) as
    json_object(k1::varchar, v1, k2::varchar, v2, k3::varchar, v3, k4::varchar, v4, k5::varchar, v5, k6::varchar, v6, k7::varchar, v7, k8::varchar, v8, k9::varchar, v9, k10::varchar, v10);
comment on macro ctgov.jsonb_build_object is 'A JSON object of up to ten keys and their values.';

create macro ctgov.json_build_array
  (v1) as json_array(v1),
  (v1, v2) as json_array(v1, v2),
  (v1, v2, v3) as json_array(v1, v2, v3),
  (v1, v2, v3, v4) as json_array(v1, v2, v3, v4),
  (v1, v2, v3, v4, v5) as json_array(v1, v2, v3, v4, v5),
  (v1, v2, v3, v4, v5, v6) as json_array(v1, v2, v3, v4, v5, v6),
  (v1, v2, v3, v4, v5, v6, v7) as json_array(v1, v2, v3, v4, v5, v6, v7),
  (v1, v2, v3, v4, v5, v6, v7, v8) as json_array(v1, v2, v3, v4, v5, v6, v7, v8),
  (v1, v2, v3, v4, v5, v6, v7, v8, v9) as json_array(v1, v2, v3, v4, v5, v6, v7, v8, v9),
  (v1, v2, v3, v4, v5, v6, v7, v8, v9, v10) as json_array(v1, v2, v3, v4, v5, v6, v7, v8, v9, v10);
comment on macro ctgov.json_build_array is 'A JSON array of up to ten values.';

create macro ctgov.jsonb_build_array
  (v1) as json_array(v1),
  (v1, v2) as json_array(v1, v2),
  (v1, v2, v3) as json_array(v1, v2, v3),
  (v1, v2, v3, v4) as json_array(v1, v2, v3, v4),
  (v1, v2, v3, v4, v5) as json_array(v1, v2, v3, v4, v5),
  (v1, v2, v3, v4, v5, v6) as json_array(v1, v2, v3, v4, v5, v6),
  (v1, v2, v3, v4, v5, v6, v7) as json_array(v1, v2, v3, v4, v5, v6, v7),
  (v1, v2, v3, v4, v5, v6, v7, v8) as json_array(v1, v2, v3, v4, v5, v6, v7, v8),
  (v1, v2, v3, v4, v5, v6, v7, v8, v9) as json_array(v1, v2, v3, v4, v5, v6, v7, v8, v9),
  (v1, v2, v3, v4, v5, v6, v7, v8, v9, v10) as json_array(v1, v2, v3, v4, v5, v6, v7, v8, v9, v10);
comment on macro ctgov.jsonb_build_array is 'A JSON array of up to ten values.';
