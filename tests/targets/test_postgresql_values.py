"""PostgreSQL reads every value of DuckDB as the same value."""

from __future__ import annotations

import json
from datetime import date

import duckdb
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from warehouse.targets.postgresql_values import NULL, map_type, write_value

TEXTS = st.one_of(
    st.text(st.characters(exclude_categories=["Cs"]), max_size=12),
    st.sampled_from([NULL, "", "NULL", "null", '"', "\\", '\\"', "a\nb", "a\r\nb", "{a}", "{}", "'", "a,b", "\0", "€"]),
)
DOCUMENTS = st.recursive(
    st.none() | st.booleans() | st.integers(-9, 9) | TEXTS,
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(TEXTS, inner, max_size=3),
    max_leaves=6,
)
VALUES = {
    "VARCHAR": TEXTS,
    "VARCHAR[]": st.lists(TEXTS | st.none(), max_size=4),
    "JSON": DOCUMENTS,
    "BLOB": st.binary(max_size=8),
    "BOOLEAN": st.booleans(),
    "INTEGER[]": st.lists(st.integers(-(2**31), 2**31 - 1), max_size=4),
    "TINYINT": st.integers(-128, 127),
    "BIGINT": st.integers(-(2**63), 2**63 - 1),
    "UBIGINT": st.integers(0, 2**64 - 1),
    "DOUBLE": st.floats(allow_nan=False, allow_infinity=False),
    "DATE": st.dates(date(1, 1, 1)),
    "TIMESTAMP": st.datetimes(),
}
"""Values of each type that a table of the warehouse has."""


@pytest.mark.parametrize("data_type", VALUES)
@settings(max_examples=15, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(data=st.data())
def test_any_value_is_the_same_there(team_database, tmp_path, data_type, data):
    """Texts with quotes, backslashes, line breaks and the word NULL; lists with gaps; numbers to the last digit."""
    values = data.draw(st.lists(VALUES[data_type] | st.none(), min_size=1, max_size=5))
    kept = [json.dumps(value) if data_type == "JSON" and value is not None else value for value in values]
    assert list(copy_values(team_database, tmp_path / "rows.csv", data_type, kept)) == [
        without_nul(value) for value in values
    ]


def test_letters_after_a_backslash_are_no_nul(team_database, tmp_path):
    r"""In JSON `\\u0000` is a backslash and five characters; only `\u0000` is the character that PostgreSQL refuses."""
    documents = [r'["\\u0000"]', r'["\u0000\u0000"]', r'["\\\u0000"]', r'["\\\\u0000\u0000"]']
    copied = copy_values(team_database, tmp_path / "rows.csv", "JSON", documents)
    assert list(copied) == [["\\u0000"], ["\ufffd\ufffd"], ["\\\ufffd"], ["\\\\u0000\ufffd"]]


def test_a_map_is_an_object(team_database, tmp_path):
    """The named numbers of a rule are an object of JSON."""
    copied = copy_values(team_database, tmp_path / "rows.csv", "MAP(VARCHAR, DOUBLE)", [{"a": 1.5}, {}, None])
    assert list(copied) == [{"a": 1.5}, {}, None]


def copy_values(team_database, file, data_type, values):
    """Return the values of a column after they went from DuckDB to PostgreSQL, in their order."""
    with duckdb.connect() as source:
        source.execute("set timezone = 'UTC'")
        source.execute(f"create table kept (number integer, value {data_type})")
        source.executemany("insert into kept values (?, ?)", list(enumerate(values)))
        columns = f"number, {write_value('value', data_type)}"
        source.execute(
            f"copy (select {columns} from kept) to '{file}' (format csv, header false, force_quote *, nullstr '{NULL}')"
        )
    team_database.fetch(f"create temp table copied (number integer, value {map_type(data_type)})")
    statement = f"copy copied from stdin (format csv, null '{NULL}')".encode()
    with team_database.reader.cursor() as cursor, cursor.copy(statement) as copy:
        copy.write(file.read_bytes())
    rows = team_database.fetch("select value from copied order by number")
    team_database.fetch("drop table copied")
    for (value,) in rows:
        yield float(value) if data_type == "DOUBLE" and value is not None else value


def without_nul(value):
    """Return a value as PostgreSQL can hold it."""
    match value:
        case str():
            return value.replace("\0", "\ufffd")
        case list():
            return [without_nul(each) for each in value]
        case dict():
            return {without_nul(key): without_nul(each) for key, each in value.items()}
    return value
