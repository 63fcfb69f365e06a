-- Creates macros for JSON. Reads: nothing.
-- A macro cannot have a variable number of arguments, so each number of arguments has its own form.

create type ctgov.jsonb as json;

create macro ctgov.aact_json_array(list) as case when list is not null then to_json(list) end;
create macro ctgov.json_agg(value) as ctgov.aact_json_array(list(value));
comment on macro ctgov.json_agg is 'A JSON array of the values of the rows.';
create macro ctgov.jsonb_agg(value) as ctgov.aact_json_array(list(value));
comment on macro ctgov.jsonb_agg is 'A JSON array of the values of the rows.';
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
