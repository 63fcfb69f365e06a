"""Records are parsed whole: every leaf is a text, and nothing in a record can spoil another record."""

from __future__ import annotations

import duckdb
import pyarrow as pa
import pytest

from tests.support.shredding import SEVEN, make_catalog, make_rows, make_table
from transform.catalog.files import load_catalog
from transform.catalog.model import RowSource
from transform.shredding.parse import parse_documents

CATALOG = make_catalog(make_table(RowSource("list[]"), x="@.x", word="m.words[]"))


def parse(*documents):
    """Return the parsed records, as Python values."""
    return parse_documents(pa.array(documents, pa.string()), CATALOG).to_pylist()


def leaf_types(kind):
    """Return the types of a nested type's leaves."""
    if pa.types.is_struct(kind):
        return {leaf for field in kind for leaf in leaf_types(field.type)}
    return leaf_types(kind.value_type) if pa.types.is_list(kind) else {kind}


def test_every_leaf_of_the_record_is_text():
    """Every leaf of the catalog that ships is read as text, so that no value is lost while reading."""
    parsed = parse_documents(pa.array([], pa.string()), load_catalog())
    assert leaf_types(parsed.type) == {pa.string()}
    assert len(parsed) == 0


@pytest.mark.parametrize(
    ("value", "text"),
    [
        ("1e400", "1e400"), ("-0.0", "-0.0"), ("3.7", "3.7"), ("12345678901234567890123", "12345678901234567890123"),
        ("true", "true"), ("null", None), ('""', ""), ('"null"', "null"), (r'"a\u0000b"', "a\0b"), ('"a\\nb"', "a\nb"),
        (r'"\ud83d\ude00"', "\U0001f600"), ('{"a":[1, 2]}', '{"a":[1,2]}'), ("[1]", "[1]"), ('"\\\\"', "\\"),
    ],
)  # fmt: skip
def test_leaf_of_any_kind_becomes_its_text(value, text):
    """A number keeps its spelling, an object is its JSON, and only null is NULL."""
    assert parse(f'{{"list":[{{"x":{value}}}],"m":{{"words":[{value}]}}}}') == [
        {"list": [{"x": text}], "m": {"words": [text]}}
    ]


def test_unknown_and_similar_keys_are_passed_over():
    """A key that the catalog does not know changes nothing, even if only its letters' size differs."""
    deep = "[" * 900 + "]" * 900
    assert parse(f'{{"X":1,"list":[{{"X":"a","x":"b","y":{deep}}}],"LIST":[],"m":{{"Words":["c"]}}}}') == [
        {"list": [{"x": "b"}], "m": {"words": None}}
    ]


def test_records_stay_in_their_order():
    """Each record is at the index of its text, more of them than DuckDB takes at once."""
    count = 5_000
    parsed = parse(*(f'{{"m":{{"words":["{number}"]}}}}' for number in range(count)))
    assert [record["m"]["words"] for record in parsed] == [[str(number)] for number in range(count)]


def test_sql_keywords_can_be_names():
    """Columns and keys may have any name, including SQL keywords and quotes."""
    table = make_table(RowSource("select[]"), **{"from": '@.a "b"', "it's": "@.where"})
    assert make_rows(table, {"select": [{'a "b"': "1", "where": "2"}]}) == [(70000001, SEVEN, "1", "2")]


def test_a_text_that_is_not_json_is_an_error():
    """A broken text does not become an empty record, and the next records are parsed as before."""
    with pytest.raises(duckdb.Error):
        parse("{}", "{")
    assert parse("{}") == [{"list": None, "m": None}]
