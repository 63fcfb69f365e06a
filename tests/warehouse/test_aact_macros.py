"""Each of PostgreSQL's functions that the file holds as a macro keeps its value wherever its type meets another.

`MACROS` has an expression for each macro, and its value worked out by hand. The value in each place is then arithmetic.
Where PostgreSQL is installed, it must give the same values.
"""

from __future__ import annotations

import json
import math
import shutil
from datetime import date, datetime
from decimal import Decimal

import pytest

from warehouse.aact.asking import SESSION, run_aact_query
from warehouse.connect import open_read_only

NO_POSTGRES = ""
"""PostgreSQL's expression, where there is none: the macro has a name or a result that PostgreSQL has not."""


# Each macro with an expression, its value, and PostgreSQL's expression if it differs. A value with decimals is a
# `numeric` or a `double precision` in PostgreSQL, and a whole number is an integer.
MACROS = [
    ("round", "round(1.256, 2)", 1.26),
    ("round", "round(2.5, 0)", 3.0),
    ("round", "round(-2.5)", -3.0),
    ("round", "round(7)", 7.0),
    ("round", "round(123456789.115, 2)", 123456789.12),
    ("round", "round(12345.678, -2)", 12300.0),
    ("round", "round(1.00499999999, 2)", 1.0),
    ("round", "round(0.12345678901234, 12)", 0.123456789012),
    ("trunc", "trunc(-7.56, 1)", -7.5),
    ("trunc", "trunc(7)", 7.0),
    ("ceil", "ceil(6.1)", 7.0),
    ("ceiling", "ceiling((select sum(x) from (values (0.25), (0.5)) t(x)))", 1.0),
    ("floor", "floor(7.5)", 7.0),
    ("sign", "sign(-2.5)", -1.0),
    ("div", "div(7, 2)", 3.0),
    ("div", "div(0.3, 0.1)", 3.0),
    ("to_number", "to_number('12.5', '99D9')", 12.5),
    ("width_bucket", "width_bucket(0.29, 0, 1, 100)", 30),
    ("width_bucket", "width_bucket(5, 10, 0, 5)", 3),
    ("octet_length", "octet_length('ééé')", 6),
    ("array_length", "array_length(array['a', 'b', 'c', 'd', 'e'], 1)", 5),
    ("cardinality", "cardinality(array['a', 'b', 'c', 'd', 'e'])", 5),
    ("json_array_length", "json_array_length('[1, 2, 3, 4, 5]')", 5),
    ("jsonb_array_length", "jsonb_array_length('[1, 2, 3, 4, 5]')", 5),
    ("generate_series", "(select generate_series(5, 5))", 5),
    ("generate_series", "(select max(n) from (select generate_series(1, 5, 2) as n) t)", 5),
    ("every", "(select every(x) from (values (true), (true)) t(x))", True),
    ("~~", "'100 ml' like '100%'", True),
    ("!~~", "'100 ml' not like '100\\%'", True),
    ("~~*", "'ACLF' ilike 'aclf'", True),
    ("!~~*", "'ACLF' not ilike 'liver'", True),
    ("~*", "'ACLF' ~* 'clf'", True),
    ("!~*", "'ACLF' !~* 'liver'", True),
    ("regexp_full_match", "'Acute' ~ 'cut'", True),
    ("regexp_matches", "regexp_matches('Acute', 'cut')", True, NO_POSTGRES),
    ("similar_to", "similar_to('Acute', 'A%')", True, "'Acute' similar to 'A%'"),
    ("now", "now() > timestamp '2026-01-01 00:00:00'", True),
    ("get_current_timestamp", "current_timestamp > timestamp '2026-01-01 00:00:00'", True),
    ("transaction_timestamp", "transaction_timestamp() > timestamp '2026-01-01 00:00:00'", True),
    ("to_date", "to_date('October 2019', 'Month YYYY')", date(2019, 10, 1)),
    (
        "to_timestamp",
        "to_timestamp('2019-10-01 12:30', 'YYYY-MM-DD HH24:MI')",
        datetime.fromisoformat("2019-10-01 12:30:00"),
        "to_timestamp('2019-10-01 12:30', 'YYYY-MM-DD HH24:MI')::timestamp",
    ),
    (
        "to_timestamp",
        "to_timestamp(1.5)",
        datetime.fromisoformat("1970-01-01 00:00:01.500000"),
        "to_timestamp(1.5)::timestamp",
    ),
    ("to_char", "to_char(date '2019-10-01', 'YYYY\"Q\"Q')", "2019Q4"),
    ("initcap", "initcap('safety OF albumin')", "Safety Of Albumin"),
    ("btrim", "btrim('  x ')", "x"),
    ("lpad", "lpad('7', 3, '0')", "007"),
    ("rpad", "rpad('7', 3, '0')", "700"),
    ("format", "format('%s of %s', 1, 2)", "1 of 2"),
    ("substr", "substr('Day 28', 5)", "28"),
    ("regexp_replace", "regexp_replace('Phase 2', '\\D', '', 'g')", "2"),
    ("unaccent", "unaccent('hépatite')", "hepatite", NO_POSTGRES),
    ("json_typeof", "json_typeof('[1]')", "array"),
    ("jsonb_typeof", "jsonb_typeof('1.5')", "number"),
    ("jsonb_pretty", "jsonb_pretty('[1]')", "[\n    1\n]"),
    ("array_to_string", "array_to_string(array['a', null], '|', '-')", "a|-"),
    ("string_to_array", "string_to_array('a,b', ',')", ["a", "b"]),
    ("array_remove", "array_remove(array['a', 'b', 'c'], 'b')", ["a", "c"]),
    ("regexp_match", "regexp_match('18 Years', '^(\\d+) (\\w+)')", ["18", "Years"]),
    ("regexp_all_matches", "regexp_all_matches('1a 2b', '(\\d)(.)', 'g')[2]", ["2", "b"], NO_POSTGRES),
    ("json_agg", "(select json_agg(x) from (values (1)) t(x))", {"json": [1]}),
    ("jsonb_agg", "(select jsonb_agg(x) from (values (1)) t(x))", {"json": [1]}),
    ("json_object_agg", "(select json_object_agg(x, 1) from (values ('a')) t(x))", {"json": {"a": 1}}),
    ("jsonb_object_agg", "(select jsonb_object_agg(x, 1) from (values ('a')) t(x))", {"json": {"a": 1}}),
    ("to_jsonb", "to_jsonb(array['a'])", {"json": ["a"]}),
    ("json_build_object", "json_build_object('a', 1)", {"json": {"a": 1}}),
    ("jsonb_build_object", "jsonb_build_object('a', 1)", {"json": {"a": 1}}),
    ("json_build_array", "json_build_array('a', 1)", {"json": ["a", 1]}),
    ("jsonb_build_array", "jsonb_build_array('a', 1)", {"json": ["a", 1]}),
]

# What a value meets: SQL, and its value.
NUMBERS = [
    ("0.125", 0.125),
    ("round(2.25, 0)", 2.0),
    ("(select sum(n) from (values (1), (3)) t(n))", 4),
    ("(select sum(n) from (values (1.5), (3.25)) t(n))::double precision", 4.75),
]
PARTNERS = {
    bool: [("false", False)],
    str: [("'a text'", "a text")],
    list: [("array['q', 'r']", ["q", "r"])],
    date: [("date '2018-02-03'", date(2018, 2, 3))],
    datetime: [("timestamp '2018-02-03 01:02:03'", datetime.fromisoformat("2018-02-03 01:02:03"))],
    dict: [("'{\"k\": 2}'::{json}", {"json": {"k": 2}})],
    int: NUMBERS,
    float: NUMBERS,
}

# Each place where two types meet, in a query of the one row (x, y), with what it makes of the two values.
PLACES = {
    "coalesce(null, x, y)": lambda x, y: x,
    "coalesce(null, y, x)": lambda x, y: y,
    "case when true then x else y end": lambda x, y: x,
    "case when false then x else y end": lambda x, y: y,
    "(select array_agg(v) from (select x as v from t union all select y from t) u)": lambda x, y: [x, y],
    "(select array_agg(v) from (values ((select x from t)), ((select y from t))) u(v))": lambda x, y: [x, y],
}
PLACES_OF_ARRAYS = {
    "(array[x, y])[1]": lambda x, y: x,
    "(array[y, x])[2]": lambda x, y: x,
}
PLACES_OF_COMPARED_VALUES = {
    "greatest(x, y)": max,
    "least(x, y)": min,
    "nullif(x, y)": lambda x, y: x,
    "(select array_agg(v order by v) from (select x as v from t union select y from t) u)": lambda x, y: sorted([x, y]),
    "(select array_agg(v) from (select x as v from t except select y from t) u)": lambda x, y: [x],
    "(select array_agg(v) from (select y as v from t intersect select y from t) u)": lambda x, y: [y],
    "x in (y, x)": lambda x, y: True,
    "x in (y)": lambda x, y: False,
    "(select a.x from t a join (select y as v from t union all select x from t) b on a.x = b.v)": lambda x, y: x,
}
PLACES_OF_NUMBERS = {
    "x + y": lambda x, y: x + y,
    "y - x": lambda x, y: y - x,
    "x * y": lambda x, y: x * y,
    "x / 2": lambda x, y: x // 2 if isinstance(x, int) else x / 2,
    "(select sum(v) from (select x as v from t union all select y from t) u)": lambda x, y: x + y,
    "(select avg(v) from (select x as v from t union all select y from t) u)": lambda x, y: (x + y) / 2,
    "(select max(v) from (select x as v from t union all select y from t) u)": max,
}


def list_places(value):
    """Return the places in which a value of this type can stand, with what each makes of it."""
    found = dict(PLACES)
    if not isinstance(value, dict):
        found |= PLACES_OF_COMPARED_VALUES
    if not isinstance(value, list | dict):
        found |= PLACES_OF_ARRAYS
    if type(value) in {int, float}:
        found |= PLACES_OF_NUMBERS
    return found


def find_wrong_values(fetch, expression, value):
    """Return each place in which the value of an expression is not the expected one, with both.

    Args:
        fetch: Returns the rows of a query.
        expression: The expression.
        value: Its value.
    """
    json_type = "jsonb" if "jsonb" in expression else "json"
    places = list_places(value)
    wrong = []
    for partner, partner_value in PARTNERS[type(value)]:
        pair = f"select {expression} as x, {partner.replace('{json}', json_type)} as y"
        (row,) = fetch(f"with t as ({pair}) select {', '.join(places)} from t")
        for place, found in zip(places, row, strict=True):
            expected = places[place](value, partner_value)
            if normalise(found) != normalise(expected):
                wrong.append((pair, place, expected, found))
    return wrong


def normalise(value):
    """Return a value in the form in which the values of two systems can be compared."""
    if isinstance(value, bool) or value is None:
        return value
    if isinstance(value, int | float | Decimal):
        return float(f"{float(value):.12g}")
    if isinstance(value, dict):
        return json.dumps(value["json"])
    if isinstance(value, list):
        # A union has no order.
        return sorted((normalise(element) for element in value), key=str)
    if isinstance(value, str) and value[:1] in {"[", "{"}:
        return json.dumps(json.loads(value))
    return value


@pytest.fixture(scope="module")
def connection(aact_warehouse, tmp_path_factory):
    """A connection to the warehouse of the golden studies that has run the session of the page.

    It opens a copy, because DuckDB refuses two connections of one process to one file with different settings.
    """
    copied = shutil.copyfile(aact_warehouse.path, tmp_path_factory.mktemp("macros") / "aclf.duckdb")
    with open_read_only(copied, SESSION) as opened:
        yield opened


@pytest.mark.parametrize("macro", MACROS, ids=lambda macro: macro[1][:40])
def test_macro_keeps_its_value_where_types_meet(connection, macro):
    """In each place and beside each type, a client of the session gets the value that was worked out by hand."""
    _, expression, value, *_ = macro
    assert find_wrong_values(lambda query: connection.execute(query).fetchall(), expression, value) == []


@pytest.mark.parametrize("macro", MACROS, ids=lambda macro: macro[1][:40])
def test_postgresql_gives_the_same_values(postgres, macro):
    """The values that were worked out by hand are PostgreSQL's."""
    _, expression, value, *other = macro
    expression = other[0] if other else expression
    if expression != NO_POSTGRES:
        assert find_wrong_values(lambda query: postgres.fetch(query)[1], expression, value) == []


def test_every_macro_is_tried(connection):
    """Each macro of the file that has a comment is in the table."""
    macros = connection.execute(
        "select distinct function_name from duckdb_functions() where schema_name = 'ctgov' and comment is not null"
    ).fetchall()
    assert sorted({name for name, *_ in MACROS}) == sorted(name for (name,) in macros)


def test_macro_for_numbers_returns_an_integer_or_a_double(connection):
    """No macro returns a DECIMAL, whose decimals DuckDB drops beside another, nor an unsigned number."""
    numbers = [expression for _, expression, value, *_ in MACROS if type(value) in {int, float}]
    types = connection.execute(f"select {', '.join(f'typeof({number})' for number in numbers)}").fetchall()[0]
    assert set(types) == {"DOUBLE", "INTEGER", "BIGINT"}


SEEN_BESIDE = {
    # A value of a DOUBLE column, and what PostgreSQL makes of the `numeric` that is meant.
    "round(0.285::double precision, 2)": 0.29,
    "round(1.005::double precision, 2)": 1.01,
    "round(-0.4::double precision)": 0.0,
    "floor(0.57::double precision * 100)": 57.0,
    "trunc(0.29::double precision * 100)": 29.0,
    "ceil(0.07::double precision * 100)": 7.0,
    "div(0.3::double precision, 0.1::double precision)": 3.0,
    "div(999999989999999, 10000000)": 99999998.0,
}


@pytest.mark.parametrize("expression", SEEN_BESIDE)
def test_double_counts_as_the_number_that_is_meant(connection, expression):
    """A DOUBLE that lies beside a decimal number is cut and rounded as that number; and there is no -0."""
    ((found,),) = connection.execute(f"select {expression}").fetchall()
    assert str(found) == str(SEEN_BESIDE[expression])


AS_TEXT = {
    "select round(12.5, 2) || '%'": "12.50%",
    "select (round(12.5))::text": "13",
    "select concat(round(100.0 * 1 / 3, 1), ' of ', trunc(7.9))": "33.3 of 7",
    "select coalesce(sum(enrollment * 1.5), 0.25) from studies where nct_id = 'none'": 0.25,
    "select coalesce(null::numeric, sum(x::numeric(10, 1)), 0) + 0.125 from (values (1.5)) t(x)": 1.625,
    "select greatest(sum(x) filter (where x > 1), 0.125) from (values (0.5), (1.5)) t(x)": 1.5,
}


@pytest.mark.parametrize("query", AS_TEXT)
def test_aact_query_writes_the_decimals_of_a_rounded_number(connection, postgres, query):
    """With `--aact` a rounded number has all its decimals as a text, and the sum of decimals meets any number."""
    (_, [(found,)]), (_, [(expected,)]) = run_aact_query(connection, query), postgres.fetch(query)
    assert normalise(found) == normalise(expected) == normalise(AS_TEXT[query])
    assert math.isfinite(found) if isinstance(found, float) else found == AS_TEXT[query]
