"""A table's rows are what its sources say: one a list element or object that is there, with ids of their own."""

from __future__ import annotations

import duckdb
import orjson
import pytest

from tests.support.warehouses import records
from transform.catalog.model import Catalog, Column, RowSource, Table, load_catalog
from transform.catalog.row_queries import (
    make_insert,
    make_record_type,
    make_rows_query,
    make_table_definition,
    make_unreadable_query,
    name_new_rows,
)
from warehouse.loading.stage import stage_lines, stage_records

IDENTITY = (Column("id", "Row id.", "BIGINT"), Column("nct_id", "NCT number."))
SEVEN, EIGHT = "NCT00000007", "NCT00000008"


def table_of(rows: RowSource | tuple[RowSource, ...], **columns: str | tuple[str, str]) -> Table:
    """A table; a column is its path, or its path and its type."""
    told = [(name, (path, "VARCHAR") if isinstance(path, str) else path) for name, path in columns.items()]
    made = [Column(name, "A column.", kind, (path,) if path else (), kind) for name, (path, kind) in told]
    return Table("main", "made", "A table.", (*IDENTITY, *made), rows if isinstance(rows, tuple) else (rows,))


@pytest.fixture
def shred(tmp_path, monkeypatch):
    """Gives the rows that a table gets of some records, and the values that its columns could not take."""

    def shred(table: Table, *documents: object) -> tuple[list[tuple[object, ...]], list[dict[str, object]]]:
        made = Catalog((table,), load_catalog().conversions, load_catalog().casts, "")
        monkeypatch.setattr("warehouse.loading.stage.catalog", lambda: made)
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
            unread = make_unreadable_query(table, made)
            return (
                connection.execute("from main.made order by all").fetchall(),
                records(connection, f"{unread} order by all") if unread else [],
            )

    return shred


def test_a_row_an_element_in_the_records_order(shred):
    """A list gives one row an element, numbered by its place; two trials do not mix."""
    table = table_of(RowSource("m.list[]"), name="@.name")
    rows, _ = shred(table, {"m": {"list": [{"name": "b"}, {"name": "a"}]}}, {"m": {"list": [{"name": "c"}]}})
    assert rows == [(70000001, SEVEN, "b"), (70000002, SEVEN, "a"), (80000001, EIGHT, "c")]


def test_a_list_of_texts(shred):
    """A list of texts gives one row a text, and `@` is the text."""
    rows, _ = shred(table_of(RowSource("m.words[]"), word="@"), {"m": {"words": ["x", "x", ""]}})
    assert [row[2] for row in rows] == ["x", "x", ""]


@pytest.mark.parametrize("record", [{}, {"m": {}}, {"m": {"list": []}}, {"m": {"list": None}}, {"m": {"list": [None]}}])
def test_no_element_no_row(shred, record):
    """An absent list, an empty one and one of nothing give no row."""
    assert shred(table_of(RowSource("m.list[]"), name="@.name"), record) == ([], [])


def test_lists_in_lists(shred):
    """Of a list in a list there is a row an inner element, with the outer one's values and the record's beside it."""
    outer = [{"title": "A", "in": [{"x": "1"}, {"x": "2"}]}, {"title": "B"}, {"title": "C", "in": [{"x": "3"}]}]
    table = table_of(RowSource("out[].in[]"), x="@.x", title="out[].title", whole="name")
    rows, _ = shred(table, {"name": "N", "out": outer}, {"out": [{"in": [{}]}]})
    assert rows == [
        (70000001, SEVEN, "1", "A", "N"),
        (70000002, SEVEN, "2", "A", "N"),
        (70000003, SEVEN, "3", "C", "N"),
        (80000001, EIGHT, None, None, None),
    ]


def test_three_lists_deep(shred):
    """However deep the lists, the rows come in the record's order and each has an id of its own."""
    record = {"a": [{"b": [{"c": ["1", "2"]}, {"c": ["3"]}]}, {"b": [{"c": ["4"]}]}]}
    rows, _ = shred(table_of(RowSource("a[].b[].c[]"), leaf="@"), record)
    assert rows == [(70000000 + place, SEVEN, str(place)) for place in (1, 2, 3, 4)]


@pytest.mark.parametrize(("record", "count"), [({}, 0), ({"m": None}, 0), ({"m": {}}, 1), ({"m": {"x": "1"}}, 1)])
def test_an_object_is_one_row_where_it_is(shred, record, count):
    """An object gives one row, an empty one too; an absent one gives none."""
    rows, _ = shred(table_of(RowSource("m"), x="@.x"), record)
    assert len(rows) == count


def test_several_sources_in_their_order(shred):
    """Rows of several sources stand one source after the other, each with its constants and its own paths."""
    sources = (
        RowSource("old[]", {"kind": "old"}, {"name": "@", "more": ""}),
        RowSource("one", {"kind": "one"}),
        RowSource("many[]", {"kind": "many"}),
    )
    table = table_of(sources, kind="", name="@.name", more="@.more")
    rows, _ = shred(table, {"many": [{"name": "c", "more": "m"}], "one": {"name": "b"}, "old": ["a"]})
    assert [row[2:] for row in rows] == [("old", "a", None), ("one", "b", None), ("many", "c", "m")]
    assert [row[0] for row in rows] == [70000001, 70000002, 70000003]


def test_a_table_of_trials_has_a_row_for_an_empty_record(shred):
    """One row a trial means one row for every trial, with NULL for all that its record lacks."""
    table = Table("main", "made", "A table.", (IDENTITY[1], Column("x", "X.", path=("m.x",))), (RowSource(),))
    assert shred(table, {}, {"m": {"x": "1"}}) == ([(SEVEN, None), (EIGHT, "1")], [])


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
def test_a_value_is_taken_or_reported_never_guessed(shred, kind, raw, value):
    """What a column's type does not say plainly is NULL, and reported once with its path and its own text."""
    rows, unread = shred(table_of(RowSource("list[]"), x=("@.x", kind)), {"list": [{}, {"x": raw}]})
    assert [str(row[2]) if kind == "DATE" and row[2] else row[2] for row in rows] == [None, value]
    expected = {"nct_id": SEVEN, "table_name": "made", "column_name": "x", "path": "list[].x"}
    text = raw if isinstance(raw, str) else orjson.dumps(raw).decode()
    reason = f"does not read as {kind}"
    assert unread == ([] if value is not None else [{**expected, "raw_value": text, "reason": reason}])


def test_words_of_sql_are_names_like_others(shred):
    """Columns and keys may be called what they like."""
    table = table_of(RowSource("select[]"), **{"from": '@.a "b"', "it's": "@.where"})
    rows, _ = shred(table, {"select": [{'a "b"': "1", "where": "2"}]})
    assert rows == [(70000001, SEVEN, "1", "2")]


def test_every_leaf_of_the_record_is_text():
    """The STRUCT of the shipped catalog reads every leaf as text, so that no value is lost in reading."""
    (described,) = duckdb.sql(f"select cast(null as {make_record_type(load_catalog())})").types
    assert leaf_types(described) == {"varchar"}


def leaf_types(described) -> set[str]:
    """The types of a nested type's leaves."""
    if described.id == "struct":
        return {leaf for _, child in described.children for leaf in leaf_types(child)}
    return leaf_types(described.child) if described.id == "list" else {described.id}
