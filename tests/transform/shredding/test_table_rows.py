"""A table has the rows of all of its sources, with ids that do not depend on anything but the record."""

from __future__ import annotations

import orjson
import pyarrow as pa
import pytest

from tests.support.shredding import (
    EIGHT,
    SEVEN,
    list_rows,
    make_catalog,
    make_rows,
    make_table,
    make_trials_table,
    shred_documents,
)
from transform.catalog.files import load_catalog
from transform.catalog.model import Column, RowSource
from transform.shredding.table_rows import find_coded_columns

SOURCES = (
    RowSource("old[]", {"kind": "old"}, {"name": "@", "more": ""}),
    RowSource("one", {"kind": "one"}),
    RowSource("many[]", {"kind": "many"}),
)


def test_rows_come_source_by_source():
    """Rows come source by source, each source with its constants and its own paths."""
    table = make_table(SOURCES, kind="", name="@.name", more="@.more")
    rows = make_rows(table, {"many": [{"name": "c", "more": "m"}], "one": {"name": "b"}, "old": ["a"]})
    assert [row[2:] for row in rows] == [("old", "a", None), ("one", "b", None), ("many", "c", "m")]
    assert [row[0] for row in rows] == [70000001, 70000002, 70000003]


def test_ids_go_on_from_source_to_source_in_each_trial():
    """A row's number follows on those of the earlier sources of its own trial, nulls among them."""
    table = make_table(SOURCES, kind="", name="@.name", more="@.more")
    first = {"old": ["a", None, "b"], "many": [{"name": "x"}, None, {"name": "y"}]}
    second = {"one": {}, "many": [{"name": "z"}]}
    rows = sorted(row[:4] for row in make_rows(table, first, {}, second))
    assert rows == [
        (70000001, SEVEN, "old", "a"), (70000003, SEVEN, "old", "b"),
        (70000004, SEVEN, "many", "x"), (70000006, SEVEN, "many", "y"),
        (90000001, "NCT00000009", "one", None), (90000002, "NCT00000009", "many", "z"),
    ]  # fmt: skip


def test_parent_is_the_row_of_the_element_that_contains_the_row():
    """A row has the id of the row of the outer element in which it lies; NULL if its source lies in none."""
    outer = make_table(RowSource("a[]"), table_name="outer", t="@.t")
    parent = Column("outer_id", "The outer row.", "BIGINT", parent="main.outer")
    inner = make_table((RowSource("a[].b[]"), RowSource("c[]"), RowSource("ab[]")), parent, x="@.x")
    catalog = make_catalog(outer, inner)
    record = {"a": [{}, None, {"b": [{"x": "1"}, None, {"x": "2"}]}], "c": [{"x": "3"}], "ab": [{"x": "4"}]}
    shredded = shred_documents(catalog, record, record)
    assert [row[2:] for row in list_rows(shredded) if row[1] == EIGHT] == [
        ("1", 80000003), ("2", 80000003), ("3", None), ("4", None),
    ]  # fmt: skip
    assert 80000003 in [row[0] for row in list_rows(shredded, "main.outer")]


def test_of_equal_rows_of_a_trial_the_first_stays():
    """Equal rows count once in each trial, and their ids have no gaps. NULL is equal to NULL here."""
    table = make_table(RowSource("list[]"), distinct=True, x="@.x", n=("@.n", "INTEGER"))
    record = {"list": [{"x": "b", "n": 1}, {"x": "a"}, {"x": "b", "n": 1}, {"x": "a"}, {"x": "b"}, {}, {}]}
    assert make_rows(table, record, {"list": [{"x": "a"}]}) == [
        (70000001, SEVEN, "b", 1), (70000002, SEVEN, "a", None), (70000003, SEVEN, "b", None),
        (70000004, SEVEN, None, None), (80000001, EIGHT, "a", None),
    ]  # fmt: skip


def test_equal_rows_of_two_sources_both_stay():
    """Rows of different sources are not equal, and come in the order of the sources in each trial."""
    sources = (RowSource("old[]", {"kind": "k"}), RowSource("new[]", {"kind": "k"}))
    table = make_table(sources, distinct=True, x="@.x", kind="")
    record = {"new": [{"x": "a"}, {"x": "a"}], "old": [{"x": "a"}, {"x": "a"}]}
    assert make_rows(table, record, record) == [
        (70000001, SEVEN, "a", "k"), (70000002, SEVEN, "a", "k"),
        (80000001, EIGHT, "a", "k"), (80000002, EIGHT, "a", "k"),
    ]  # fmt: skip


def test_one_source_s_constant_and_another_s_text_are_one_column():
    """A column may be a constant for one source and a text for another, whichever of them the records have."""
    sources = (RowSource("old[]", {"kind": "k"}), RowSource("new[]", {}, {"kind": "@.kind"}))
    records = {"old": [{"x": "a"}]}, {"new": [{"x": "b", "kind": "n"}]}
    for distinct in (False, True):
        table = make_table(sources, distinct=distinct, x="@.x", kind="")
        alone = [shred_documents(make_catalog(table), record).tables["main.made"] for record in records]
        assert alone[0].schema == alone[1].schema
        assert [row[2:] for row in make_rows(table, *records)] == [("a", "k"), ("b", "n")]


@pytest.mark.parametrize(
    ("kind", "raw", "value"),
    [
        ("BOOLEAN", True, True), ("BOOLEAN", False, False), ("BOOLEAN", "yes", None), ("BOOLEAN", 1, None),
        ("INTEGER", 0, 0), ("INTEGER", -5, -5), ("INTEGER", "12", 12), ("INTEGER", 3.7, None),
        ("INTEGER", "1,000", None), ("INTEGER", "1_000", None), ("INTEGER", 99999999999, None), ("INTEGER", "", None),
        ("BIGINT", 99999999999, 99999999999), ("BIGINT", 3.7, None),
        ("DOUBLE", 41.5, 41.5), ("DOUBLE", "30.", 30.0), ("DOUBLE", "-.5", -0.5), ("DOUBLE", "1e-3", 0.001),
        ("DOUBLE", "north", None), ("DOUBLE", "nan", None), ("DOUBLE", "inf", None), ("DOUBLE", "10,700", None),
        ("DOUBLE", "1_000", None), ("DOUBLE", "", None), ("DOUBLE", ".", None),
        ("DATE", "2024", "2024-12-31"), ("DATE", "2024-02", "2024-02-29"), ("DATE", "2023-02-28", "2023-02-28"),
        ("DATE", "2024-02-30", None), ("DATE", "24-02-01", None), ("DATE", "2024-13", None), ("DATE", "2024-2-1", None),
        ("VARCHAR", 3.7, "3.7"), ("VARCHAR", True, "true"), ("VARCHAR", {"a": [1]}, '{"a":[1]}'), ("VARCHAR", "", ""),
    ],
)  # fmt: skip
def test_value_is_read_or_reported_and_never_guessed(kind, raw, value):
    """A text that does not fit the column's type is NULL, and is reported once with its path and the text."""
    table = make_table(RowSource("list[]"), x=("@.x", kind))
    shredded = shred_documents(make_catalog(table), {"list": [{}, {"x": raw}]})
    values = [row[2] for row in list_rows(shredded)]
    assert [str(each) if kind == "DATE" and each else each for each in values] == [None, value]
    text = raw if isinstance(raw, str) else orjson.dumps(raw).decode()
    problem = (SEVEN, "made", "x", "list[].x", text, f"does not read as {kind}")
    assert [tuple(row.values()) for row in shredded.problems.to_pylist()] == ([] if value is not None else [problem])


def test_unread_value_of_an_outer_level_is_reported_for_each_row():
    """A text above the rows that cannot be read is a problem of every row, under its own path."""
    table = make_table(RowSource("a[].b[]"), x="@.x", n=("a[].n", "INTEGER"))
    record = {"a": [{"n": "x", "b": [{}, {}]}, {"n": "5", "b": [{}]}, {"b": [{}]}, {"n": "y", "b": []}]}
    shredded = shred_documents(make_catalog(table), {}, record)
    assert [row[3] for row in list_rows(shredded)] == [None, None, 5, None]
    problem = (EIGHT, "made", "n", "a[].n", "x", "does not read as INTEGER")
    assert [tuple(row.values()) for row in shredded.problems.to_pylist()] == [problem, problem]


def test_each_source_s_problem_has_its_own_path():
    """The path of a problem is that of the source whose row has it."""
    sources = (RowSource("a[]"), RowSource("b[]", paths={"n": "@.m"}))
    table = make_table(sources, n=("@.n", "INTEGER"))
    problems = shred_documents(make_catalog(table), {"a": [{"n": "x"}], "b": [{"n": "1", "m": "y"}]}).problems
    assert problems["path"].to_pylist() == ["a[].n", "b[].m"]


def test_free_text_that_does_not_convert_is_no_problem():
    """A column that may have any text gives NULL for one that does not convert, and reports nothing."""
    column = Column("n", "N.", "INTEGER", ("m.n",), "INTEGER", free_text=True)
    shredded = shred_documents(make_catalog(make_trials_table(column)), {"m": {"n": "about 5"}})
    assert list_rows(shredded) == [(SEVEN, None)]
    assert shredded.problems.num_rows == 0


def test_texts_to_normalise_are_columns_under_their_paths():
    """The text of each path that pandas normalises is there once, and the normalised columns are not."""
    columns = [Column(name, "", "VARCHAR", ("m.s",), normalise=("status", name)) for name in ("status", "label")]
    shredded = shred_documents(
        make_catalog(make_trials_table(Column("x", "", path=("m.x",)), *columns)), {"m": {"s": "A"}}
    )
    assert shredded.tables["main.made"].to_pylist() == [{"nct_id": SEVEN, "x": None, "m.s": "A"}]


def test_coded_columns_are_the_texts_that_repeat_by_design():
    """Constants and texts of outer levels are dictionary arrays; a row's own texts are not."""
    table = make_table(
        RowSource("a[].b[]", {"kind": "k"}), own="@.x", outer="a[].t", whole="m", kind="", n=("a[].n", "INTEGER")
    )
    assert find_coded_columns(table) == {"outer", "whole", "kind"}
    made = shred_documents(make_catalog(table), {"m": "M", "a": [{"b": [{}]}]}).tables["main.made"]
    coded = {field.name for field in made.schema if pa.types.is_dictionary(field.type)}
    assert coded == {"outer", "whole", "kind", "nct_id"}
    assert made.to_pylist() == [
        {"id": 70000001, "nct_id": SEVEN, "own": None, "outer": None, "whole": "M", "kind": "k", "n": None}
    ]


def test_no_table_of_the_catalog_has_a_list_among_distinct_rows():
    """Rows that count once are compared value by value, which lists cannot be."""
    distinct = [table for table in load_catalog().tables if table.distinct]
    assert distinct
    assert all(column.type != "VARCHAR[]" for table in distinct for column in table.columns)
