"""The same record becomes the same rows in every batch, and every batch has the same columns."""

from __future__ import annotations

from pathlib import Path

import orjson
import pyarrow as pa
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.support.shredding import (
    EIGHT,
    SEVEN,
    list_rows,
    make_catalog,
    make_table,
    make_trials_table,
    shred_documents,
    shred_texts,
)
from tests.support.warehouses import read_golden_studies, read_test_studies
from transform.catalog.arrow_types import ARROW_TYPES
from transform.catalog.files import load_catalog
from transform.catalog.model import Column, Reference, RowSource, Table
from transform.fields import map_code_lists
from transform.shredding.shred import DRIFT, PROBLEMS, shred_records
from transform.shredding.table_rows import map_normalised_paths

SAMPLE = Path(__file__).parents[3] / "extract/sample/data"

# A small catalog of everything that a table can be: three levels, several sources, parents, references, distinct rows.
THREE_LEVELS = make_catalog(
    Table("main", "trials", "", (Column("nct_id", ""), Column("title", "", path=("title",))), (RowSource(),)),
    make_table(RowSource("a[]"), table_name="outer", code="@.code", n=("@.n", "INTEGER"), texts=("@.t[]", "VARCHAR[]")),
    make_table(
        RowSource("a[].b[]"),
        Column("outer_id", "", "BIGINT", parent="main.outer"),
        table_name="middle",
        code="a[].code",
        x="@.x",
        title="title",
    ),
    make_table(
        (RowSource("a[].b[].c[]", {"kind": "inner"}), RowSource("d[]", {"kind": "beside"}, {"outer_n": ""})),
        Column("outer_id", "", "BIGINT", parent="main.outer"),
        Column("by_code", "", "BIGINT", refers=Reference("main.outer", {"leaf": "code"})),
        table_name="inner",
        leaf="@",
        kind="",
        outer_n=("a[].n", "INTEGER"),
    ),
    make_table(RowSource("a[].b[]", where=("@.x", "is_investigator")), table_name="some", x="@.x"),
    make_table(
        (RowSource("d[]", {"k": "d"}), RowSource("a[].b[].c[]", {"k": "c"})),
        table_name="once",
        distinct=True,
        w="@",
        k="",
    ),
)

WORDS = st.sampled_from([None, "A", "B", "investigator", "7", ""])


def draw_elements(**members):
    """Return a strategy for lists of objects in which any member may be absent, and of nulls."""
    return st.none() | st.lists(st.none() | st.fixed_dictionaries({}, optional=members), max_size=3)


LEAVES = st.none() | st.lists(WORDS, max_size=3)
MIDDLE = draw_elements(x=WORDS, c=LEAVES)
OUTER = draw_elements(code=WORDS, n=WORDS | st.integers(-5, 5), t=LEAVES, b=MIDDLE)
RECORDS = st.fixed_dictionaries({}, optional={"title": WORDS, "a": OUTER, "d": LEAVES})


def collect_rows(shredded):
    """Return all rows of all tables, problems and drift, in one order."""
    tables = {**shredded.tables, "problems": shredded.problems, "drift": shredded.drift}
    rows = {name: sorted(map(repr, table.to_pylist())) for name, table in tables.items()}
    return {name: sorted_rows for name, sorted_rows in rows.items() if sorted_rows}


def join_rows(parts):
    """Return the rows of several results together, in one order."""
    joined = {}
    for part in parts:
        for name, rows in collect_rows(part).items():
            joined[name] = sorted([*joined.get(name, []), *rows])
    return joined


def read_sample():
    """Return the documents of the sample and of the tests' studies, by their NCT numbers."""
    lines = [
        line for night in ("first", "second") for line in (SAMPLE / f"{night}_night.ndjson").read_bytes().splitlines()
    ]
    studies = [*map(orjson.loads, lines), *read_test_studies().values(), *read_golden_studies()]
    return {study["protocolSection"]["identificationModule"]["nctId"]: study for study in studies}


@settings(max_examples=25)
@given(documents=st.lists(RECORDS, min_size=1, max_size=5), data=st.data())
def test_rows_do_not_depend_on_the_batch(documents, data):
    """The rows of a batch are those of its records alone, in any split and in any order."""
    named = {f"NCT{number:08}": document for number, document in enumerate(documents, start=7)}
    shuffled = data.draw(st.permutations(list(named.items())))
    cut = data.draw(st.integers(0, len(shuffled)))
    whole = collect_rows(shred_texts(THREE_LEVELS, named))
    assert join_rows(shred_texts(THREE_LEVELS, {nct_id: document}) for nct_id, document in named.items()) == whole
    assert join_rows(shred_texts(THREE_LEVELS, dict(part)) for part in (shuffled[:cut], shuffled[cut:])) == whole


def test_rows_of_the_sample_do_not_depend_on_the_batch():
    """The sample's records give the same rows in one batch, in batches of nine, and backwards."""
    documents = read_sample()
    items = list(documents.items())
    whole = collect_rows(shred_texts(load_catalog(), documents))
    nines = [dict(items[start : start + 9]) for start in range(0, len(items), 9)]
    assert join_rows(shred_texts(load_catalog(), part) for part in nines) == whole
    assert collect_rows(shred_texts(load_catalog(), dict(reversed(items)))) == whole


def test_a_record_without_anything_becomes_its_trial_alone():
    """An empty record is a row of each table with one row per trial, and of no other."""
    shredded = shred_documents(load_catalog(), {})
    assert shredded.tables.keys() == {table.qualified for table in load_catalog().tables if table.is_per_trial}
    assert all(table.num_rows == 1 for table in shredded.tables.values())
    assert (shredded.problems.num_rows, shredded.drift.num_rows) == (0, 0)


@pytest.mark.parametrize("catalog", [THREE_LEVELS, load_catalog()], ids=["made", "shipped"])
def test_no_records_give_no_rows(catalog):
    """Without records no table has a row, and problems and drift are empty tables of their columns."""
    shredded = shred_documents(catalog)
    assert sum(table.num_rows for table in shredded.tables.values()) == 0
    assert (shredded.problems.schema, shredded.drift.schema) == (PROBLEMS, DRIFT)
    assert (shredded.problems.num_rows, shredded.drift.num_rows) == (0, 0)


def test_every_batch_has_the_same_columns():
    """The columns of a table and their types follow from the catalog, so that batches can be joined."""
    documents = read_sample()
    parts = [shred_texts(load_catalog(), {nct_id: document}) for nct_id, document in list(documents.items())[-6:]]
    parts += [shred_texts(load_catalog(), documents), shred_documents(load_catalog(), {})]
    whole = parts[-2]
    for name, table in whole.tables.items():
        tables = [part.tables[name] for part in parts if name in part.tables]
        assert all(part.schema == table.schema for part in tables), name
        joined = pa.concat_tables(tables).unify_dictionaries().combine_chunks()
        assert joined.num_rows == sum(part.num_rows for part in tables)
        joined.validate(full=True)


def test_columns_are_those_of_the_catalog_with_its_types():
    """A table has the catalog's columns, but for state, normalised and calculated ones, and the texts to normalise."""
    catalog = load_catalog()
    tables = shred_texts(catalog, read_sample()).tables
    assert len(tables) > 55
    for name, made in tables.items():
        table = catalog.get_table(name)
        columns = [column for column in table.columns if not (column.state or column.normalise or column.calculate)]
        assert made.column_names == [*(column.name for column in columns), *map_normalised_paths(table)]
        for column in columns:
            kind = made.schema.field(column.name).type
            texts = kind.value_type if pa.types.is_dictionary(kind) else kind
            assert texts == ARROW_TYPES[column.type], f"{name}.{column.name}"


def test_only_wanted_tables_are_made():
    """Only the tables that are asked for are made; a reference to another is NULL."""
    texts = pa.array(['{"a":[{"code":"A","b":[{"c":["A"]}]}]}'])
    alone = shred_records(pa.array([SEVEN]), texts, {"main.inner"}, THREE_LEVELS)
    both = shred_records(pa.array([SEVEN]), texts, {"main.inner", "main.outer"}, THREE_LEVELS)
    assert alone.tables.keys() == {"main.inner"}
    assert alone.tables["main.inner"]["by_code"].to_pylist() == [None]
    assert both.tables["main.inner"]["by_code"].to_pylist() == [70000001]


def test_unknown_codes_are_counted_for_each_trial():
    """A code that no list has is counted by trial, path and code; known codes and NULL are not drift."""
    lists = map_code_lists()
    status, phases = (path for path in lists if path.endswith(("statusModule.overallStatus", "designModule.phases[]")))
    sites = "protocolSection.contactsLocationsModule.locations[]"
    catalog = make_catalog(
        make_trials_table(
            Column("status", "", path=(status,)), Column("phases", "", "VARCHAR[]", (phases,), "VARCHAR[]")
        ),
        make_table(RowSource(sites), table_name="sites", status="@.status", whole=status),
    )

    def make(overall, phase_codes, site_codes):
        places = {"locations": [{"status": code} for code in site_codes]}
        modules = {"statusModule": {"overallStatus": overall}, "designModule": {"phases": phase_codes}}
        return {"protocolSection": {**modules, "contactsLocationsModule": places}}

    first = make("PAUSED", ["PHASE1", "PHASE9", "PHASE9", None], ["RECRUITING", "MOVED", None, "MOVED"])
    shredded = shred_documents(catalog, first, make("COMPLETED", None, []), make("", [], ["MOVED"]))
    assert sorted(tuple(row.values()) for row in shredded.drift.to_pylist()) == [
        (SEVEN, "code", f"{sites}.status", "MOVED", 2),
        (SEVEN, "code", phases, "PHASE9", 2),
        (SEVEN, "code", status, "PAUSED", 1),
        ("NCT00000009", "code", f"{sites}.status", "MOVED", 1),
        ("NCT00000009", "code", status, "", 1),
    ]


def test_row_ids_are_unique_and_begin_with_the_trial():
    """An id is the trial's digits and the row's number, and no two rows of a table have the same."""
    for table in shred_texts(load_catalog(), read_sample()).tables.values():
        if "id" in table.column_names:
            ids = table["id"].to_pylist()
            assert len(set(ids)) == len(ids)
            assert [f"NCT{row_id // 10_000_000:08}" for row_id in ids] == table["nct_id"].to_pylist()


def test_made_rows_by_hand():
    """The rows of two records over the small catalog, worked out by hand."""
    record = {"title": "T", "a": [{"code": "A", "n": "x", "b": [{"x": "y", "c": ["A", None]}]}], "d": ["A", "A"]}
    shredded = shred_documents(THREE_LEVELS, record, {"d": ["A"]})
    assert list_rows(shredded, "main.trials") == [(SEVEN, "T"), (EIGHT, None)]
    assert list_rows(shredded, "main.outer") == [(70000001, SEVEN, "A", None, None)]
    assert list_rows(shredded, "main.middle") == [(70000001, SEVEN, "A", "y", "T", 70000001)]
    assert list_rows(shredded, "main.inner") == [
        (70000001, SEVEN, "A", "inner", None, 70000001, 70000001),
        (70000003, SEVEN, "A", "beside", None, None, 70000001),
        (70000004, SEVEN, "A", "beside", None, None, 70000001),
        (80000001, EIGHT, "A", "beside", None, None, None),
    ]
    assert list_rows(shredded, "main.some") == []
    assert list_rows(shredded, "main.once") == [
        (70000001, SEVEN, "A", "d"), (70000002, SEVEN, "A", "c"), (80000001, EIGHT, "A", "d"),
    ]  # fmt: skip
    assert shredded.problems["raw_value"].to_pylist() == ["x", "x"]
