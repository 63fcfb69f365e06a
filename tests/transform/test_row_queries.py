"""A table has one row per list element or object of its sources, and each row has an id of its own."""

from __future__ import annotations

import duckdb
import orjson
import pytest
from transform.catalog.row_queries import (
    make_insert,
    make_record_type,
    make_rows_query,
    make_table_definition,
    make_unreadable_query,
    name_new_rows,
)
from warehouse.loading.stage import stage_lines, stage_records

from tests.support.warehouses import fetch_records
from transform.catalog.model import Catalog, Column, RowSource, Table, load_catalog

IDENTITY = (Column("id", "Row id.", "BIGINT"), Column("nct_id", "NCT number."))
SEVEN, EIGHT = "NCT00000007", "NCT00000008"


def make_table(rows: RowSource | tuple[RowSource, ...], **columns: str | tuple[str, str]) -> Table:
    """Return a table. A column is given as its path, or as its path and its type."""
    own_columns = []
    for name, column in columns.items():
        path, kind = (column, "VARCHAR") if isinstance(column, str) else column
        own_columns.append(Column(name, "A column.", kind, (path,) if path else (), kind))
    return Table("main", "made", "A table.", (*IDENTITY, *own_columns), rows if isinstance(rows, tuple) else (rows,))


@pytest.fixture
def make_rows(tmp_path, monkeypatch):
    """Return a function: the rows that a table gets from some records, and its unreadable values."""

    def make_rows(table: Table, *documents: object) -> tuple[list[tuple[object, ...]], list[dict[str, object]]]:
        made = Catalog((table,), load_catalog().conversions, load_catalog().casts, "")
        monkeypatch.setattr("warehouse.loading.stage.load_catalog", lambda: made)
        numbered = enumerate(documents, start=7)
        with duckdb.connect() as connection:
            lines = [orjson.dumps({"nct_id": f"NCT{n:08}", "content_hash": "", "document": d}) for n, d in numbered]
            (tmp_path / "lines").write_bytes(b"\n".join(lines))
            stage_lines(connection, [tmp_path / "lines"], 0)
            connection.execute("create temp table changed_trials as from record_lines")
            stage_records(connection)
            connection.execute(make_table_definition(table))
            connection.execute(f"create temp table {name_new_rows(table.qualified)} as {make_rows_query(table, made)}")
            connection.execute(make_insert(table))
            unreadable = make_unreadable_query(table, made)
            return (
                connection.execute("from main.made order by all").fetchall(),
                fetch_records(connection, f"{unreadable} order by all") if unreadable else [],
            )

    return make_rows


def test_each_element_is_a_row_in_the_order_of_the_record(make_rows):
    """A list gives one row per element, numbered in order; the rows of two trials are not mixed."""
    table = make_table(RowSource("m.list[]"), name="@.name")
    rows, _ = make_rows(table, {"m": {"list": [{"name": "b"}, {"name": "a"}]}}, {"m": {"list": [{"name": "c"}]}})
    assert rows == [(70000001, SEVEN, "b"), (70000002, SEVEN, "a"), (80000001, EIGHT, "c")]


def test_list_of_texts_gives_one_row_per_text(make_rows):
    """A list of texts gives one row per text, and `@` is the text."""
    rows, _ = make_rows(make_table(RowSource("m.words[]"), word="@"), {"m": {"words": ["x", "x", ""]}})
    assert [row[2] for row in rows] == ["x", "x", ""]


@pytest.mark.parametrize("record", [{}, {"m": {}}, {"m": {"list": []}}, {"m": {"list": None}}, {"m": {"list": [None]}}])
def test_list_without_elements_gives_no_row(make_rows, record):
    """An absent list, an empty list and a list of null give no row."""
    assert make_rows(make_table(RowSource("m.list[]"), name="@.name"), record) == ([], [])


def test_inner_elements_are_rows_with_outer_values(make_rows):
    """A list in a list gives one row per inner element, with values of the outer element and of the record."""
    outer = [{"title": "A", "in": [{"x": "1"}, {"x": "2"}]}, {"title": "B"}, {"title": "C", "in": [{"x": "3"}]}]
    table = make_table(RowSource("out[].in[]"), x="@.x", title="out[].title", whole="name")
    rows, _ = make_rows(table, {"name": "N", "out": outer}, {"out": [{"in": [{}]}]})
    assert rows == [
        (70000001, SEVEN, "1", "A", "N"),
        (70000002, SEVEN, "2", "A", "N"),
        (70000003, SEVEN, "3", "C", "N"),
        (80000001, EIGHT, None, None, None),
    ]


def test_rows_of_deep_lists_keep_their_order(make_rows):
    """Rows of lists in three levels come in the record's order, and each has an id of its own."""
    record = {"a": [{"b": [{"c": ["1", "2"]}, {"c": ["3"]}]}, {"b": [{"c": ["4"]}]}]}
    rows, _ = make_rows(make_table(RowSource("a[].b[].c[]"), leaf="@"), record)
    assert rows == [(70000000 + ordinal, SEVEN, str(ordinal)) for ordinal in (1, 2, 3, 4)]


@pytest.mark.parametrize(("record", "count"), [({}, 0), ({"m": None}, 0), ({"m": {}}, 1), ({"m": {"x": "1"}}, 1)])
def test_object_is_one_row_if_the_record_has_it(make_rows, record, count):
    """An object gives one row, even if it is empty; an absent object gives none."""
    rows, _ = make_rows(make_table(RowSource("m"), x="@.x"), record)
    assert len(rows) == count


def test_rows_come_source_by_source(make_rows):
    """Rows come source by source, each source with its constants and its own paths."""
    sources = (
        RowSource("old[]", {"kind": "old"}, {"name": "@", "more": ""}),
        RowSource("one", {"kind": "one"}),
        RowSource("many[]", {"kind": "many"}),
    )
    table = make_table(sources, kind="", name="@.name", more="@.more")
    rows, _ = make_rows(table, {"many": [{"name": "c", "more": "m"}], "one": {"name": "b"}, "old": ["a"]})
    assert [row[2:] for row in rows] == [("old", "a", None), ("one", "b", None), ("many", "c", "m")]
    assert [row[0] for row in rows] == [70000001, 70000002, 70000003]


def test_a_table_of_trials_has_a_row_for_an_empty_record(make_rows):
    """A table with one row per trial has a row for every trial, with NULL for each absent value."""
    table = Table("main", "made", "A table.", (IDENTITY[1], Column("x", "X.", path=("m.x",))), (RowSource(),))
    assert make_rows(table, {}, {"m": {"x": "1"}}) == ([(SEVEN, None), (EIGHT, "1")], [])


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
def test_value_is_read_or_reported_and_never_guessed(make_rows, kind, raw, value):
    """A text that does not fit the column's type is NULL, and is reported once with its path and the text."""
    rows, unreadable = make_rows(make_table(RowSource("list[]"), x=("@.x", kind)), {"list": [{}, {"x": raw}]})
    assert [str(row[2]) if kind == "DATE" and row[2] else row[2] for row in rows] == [None, value]
    expected = {"nct_id": SEVEN, "table_name": "made", "column_name": "x", "path": "list[].x"}
    text = raw if isinstance(raw, str) else orjson.dumps(raw).decode()
    reason = f"does not read as {kind}"
    assert unreadable == ([] if value is not None else [{**expected, "raw_value": text, "reason": reason}])


def test_sql_keywords_can_be_names(make_rows):
    """Columns and keys may have any name, including SQL keywords and quotes."""
    table = make_table(RowSource("select[]"), **{"from": '@.a "b"', "it's": "@.where"})
    rows, _ = make_rows(table, {"select": [{'a "b"': "1", "where": "2"}]})
    assert rows == [(70000001, SEVEN, "1", "2")]


def test_every_leaf_of_the_record_is_text():
    """The STRUCT of the catalog that ships reads every leaf as text, so that no value is lost while reading."""
    (described,) = duckdb.sql(f"select cast(null as {make_record_type(load_catalog())})").types
    assert leaf_types(described) == {"varchar"}


def leaf_types(described) -> set[str]:
    """Return the types of a nested type's leaves."""
    if described.id == "struct":
        return {leaf for _, child in described.children for leaf in leaf_types(child)}
    return leaf_types(described.child) if described.id == "list" else {described.id}
