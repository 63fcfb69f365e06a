"""A source gives one row per list element or object, numbered in the record's order."""

from __future__ import annotations

import pytest

from tests.support.shredding import (
    EIGHT,
    SEVEN,
    make_catalog,
    make_rows,
    make_table,
    make_trials_table,
    shred_documents,
)
from transform.catalog.model import Column, RowSource

ROLES = ("PRINCIPAL_INVESTIGATOR", "CONTACT", None, "STUDY_CHAIR", "CONTACT")


def test_each_element_is_a_row_in_the_order_of_the_record():
    """A list gives one row per element, numbered in order; the rows of two trials are not mixed."""
    table = make_table(RowSource("m.list[]"), name="@.name")
    rows = make_rows(table, {"m": {"list": [{"name": "b"}, {"name": "a"}]}}, {"m": {"list": [{"name": "c"}]}})
    assert rows == [(70000001, SEVEN, "b"), (70000002, SEVEN, "a"), (80000001, EIGHT, "c")]


def test_list_of_texts_gives_one_row_per_text():
    """A list of texts gives one row per text, and `@` is the text."""
    rows = make_rows(make_table(RowSource("m.words[]"), word="@"), {"m": {"words": ["x", "x", ""]}})
    assert [row[2] for row in rows] == ["x", "x", ""]


@pytest.mark.parametrize("record", [{}, {"m": {}}, {"m": None}, {"m": {"list": []}}, {"m": {"list": None}}])
def test_list_without_elements_gives_no_row(record):
    """An absent list and an empty one give no row, and a table without rows is not there."""
    shredded = shred_documents(make_catalog(make_table(RowSource("m.list[]"), name="@.name")), record)
    assert shredded.tables == {}


@pytest.mark.parametrize("absent", [None, {}])
def test_null_is_no_row_but_keeps_its_number(absent):
    """A null in a list gives no row, and the next element's id says where it stands. An empty object is a row."""
    table = make_table(RowSource("m.list[]"), name="@.name")
    rows = make_rows(table, {"m": {"list": [{"name": "a"}, absent, {"name": "c"}]}})
    assert [row for row in rows if row[2]] == [(70000001, SEVEN, "a"), (70000003, SEVEN, "c")]
    assert len(rows) == (2 if absent is None else 3)


def test_null_in_a_list_of_texts_keeps_its_number():
    """A null among texts gives no row, and is counted."""
    rows = make_rows(make_table(RowSource("words[]"), word="@"), {"words": [None, "b", None]}, {"words": [None]})
    assert rows == [(70000002, SEVEN, "b")]


@pytest.mark.parametrize(("record", "count"), [({}, 0), ({"m": None}, 0), ({"m": {}}, 1), ({"m": {"x": "1"}}, 1)])
def test_object_is_one_row_if_the_record_has_it(record, count):
    """An object gives one row, even if it is empty; an absent object gives none."""
    assert len(make_rows(make_table(RowSource("m"), x="@.x"), record)) == count


def test_leaf_is_one_row_if_the_record_has_it():
    """A leaf gives one row with its text, and an absent one none."""
    table = make_table(RowSource("m.x"), x="@")
    assert make_rows(table, {"m": {"x": ""}}, {"m": {}}, {"m": {"x": 5}}) == [
        (70000001, SEVEN, ""), (90000001, "NCT00000009", "5"),
    ]  # fmt: skip


def test_object_in_a_list_is_a_row_of_its_element():
    """An object in each element of a list gives a row for the elements that have it, under the element's number."""
    table = make_table(RowSource("list[].one"), x="@.x", title="list[].title")
    record = {"list": [{"title": "a"}, {"title": "b", "one": {"x": "1"}}, None, {"one": {}}]}
    assert make_rows(table, record) == [(70000002, SEVEN, "1", "b"), (70000004, SEVEN, None, None)]


def test_table_of_trials_has_a_row_for_an_empty_record():
    """A table with one row per trial has a row for every trial, with NULL for each absent value."""
    table = make_trials_table(Column("x", "X.", path=("m.x",)))
    assert make_rows(table, {}, {"m": {"x": "1"}}) == [(SEVEN, None), (EIGHT, "1")]


def test_only_passing_elements_are_rows_and_numbered():
    """Elements that do not meet the condition are no rows and have no number, in any list of the trial."""
    source = RowSource("sites[].contacts[]", where=("@.role", "is_investigator"))
    table = make_table(source, role="@.role", site="sites[].name")
    contacts = [{"role": role} for role in ROLES]
    record = {"sites": [{"name": "A", "contacts": contacts[1:3]}, {"name": "B", "contacts": contacts}]}
    assert make_rows(table, record) == [
        (70000001, SEVEN, "PRINCIPAL_INVESTIGATOR", "B"), (70000002, SEVEN, "STUDY_CHAIR", "B"),
    ]  # fmt: skip


def test_the_other_elements_are_the_rows_of_the_opposite_condition():
    """Every element passes exactly one of two opposite conditions; one without a value passes the second."""
    source = RowSource("contacts[]", where=("@.role", "is_not_investigator"))
    table = make_table(source, role="@.role", name="@.name")
    contacts = [{"role": role, "name": str(number)} for number, role in enumerate(ROLES)]
    assert [row[0::3] for row in make_rows(table, {"contacts": contacts})] == [
        (70000001, "1"), (70000002, "2"), (70000003, "4"),
    ]  # fmt: skip


def test_element_without_the_condition_s_value_does_not_pass():
    """A condition that is NULL is not met."""
    table = make_table(RowSource("list[]", where=("@.on", "BOOLEAN")), x="@.x", on="@.on")
    elements = [{"x": "a", "on": True}, {"x": "b"}, {"x": "c", "on": False}, None, {"x": "e", "on": "true"}]
    assert make_rows(table, {"list": elements}) == [(70000001, SEVEN, "a", "true"), (70000002, SEVEN, "e", "true")]


def test_position_counts_the_passing_elements_of_each_list():
    """The first passing element of each list is primary, and the others are backups."""
    position = Column("rank", "Rank.", path=("@",), conversion="primary_or_backup")
    source = RowSource("sites[].contacts[]", where=("@.role", "is_not_investigator"))
    contacts = [{"role": role, "name": str(number)} for number, role in enumerate(ROLES)]
    record = {"sites": [{"contacts": contacts}, {"contacts": contacts[:1]}, {"contacts": contacts[3:]}]}
    rows = make_rows(make_table(source, position, role="@.role", name="@.name"), record, record)
    assert [row[3:] for row in rows] == [("1", "primary"), ("2", "backup"), ("4", "backup"), ("4", "primary")] * 2


def test_constants_have_the_type_of_their_column():
    """A constant is the same in each row, as a text, a truth or a number."""
    source = RowSource("list[]", {"kind": "a kind", "flag": "true", "size": "12"})
    table = make_table(source, kind="", flag=("", "BOOLEAN"), size=("", "INTEGER"), x="@.x")
    assert make_rows(table, {"list": [{"x": "1"}, {}]}) == [
        (70000001, SEVEN, "a kind", True, 12, "1"), (70000002, SEVEN, "a kind", True, 12, None),
    ]  # fmt: skip


def test_several_values_come_from_the_row_and_the_record():
    """A conversion of several values takes each from where it is: the row, or a level above it."""
    address = Column("url", "Address.", path=("@.filename", "m.nctId"), conversion="provided_document")
    record = {"m": {"nctId": SEVEN}, "docs": [{"filename": "P.pdf"}, {}]}
    rows = make_rows(make_table(RowSource("docs[]"), address), record)
    assert [row[2] for row in rows] == [f"https://ClinicalTrials.gov/ProvidedDocs/07/{SEVEN}/P.pdf", None]
