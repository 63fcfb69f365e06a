"""A row refers to the first row of the same trial with the same values, and to none for NULL."""

from __future__ import annotations

from tests.support.shredding import list_rows, make_catalog, make_table, shred_documents
from transform.catalog.model import Catalog, Column, Reference, RowSource

GROUPS = {"groups": [{"code": "A"}, {"code": "B"}, {"code": "A"}, {}]}


def make_referring_catalog(refers: Reference, *targets: RowSource) -> Catalog:
    """Return a catalog of groups, and of counts that refer to groups."""
    groups = make_table(targets or RowSource("groups[]"), table_name="groups", code="@.code", kind="")
    reference = Column("group_id", "The group.", "BIGINT", refers=refers)
    return make_catalog(groups, make_table(RowSource("counts[]"), reference, code="@.of", n="@.n"))


def list_referred(catalog: Catalog, *documents: object) -> list[tuple[object, ...]]:
    """Return the values of each row, and the id that it refers to."""
    return [row[2:] for row in list_rows(shred_documents(catalog, *documents))]


def test_row_refers_to_the_first_of_several_in_its_own_trial():
    """Of several rows with the value, it is the first; a row of another trial is never meant."""
    catalog = make_referring_catalog(Reference("main.groups", {"code": "code"}))
    first = {**GROUPS, "counts": [{"of": "A", "n": "1"}, {"of": "B"}, {"of": "C"}]}
    second = {"groups": [{"code": "C"}], "counts": [{"of": "A"}, {"of": "C"}]}
    assert list_referred(catalog, first, second) == [
        ("A", "1", 70000001), ("B", None, 70000002), ("C", None, None), ("A", None, None), ("C", None, 80000001),
    ]  # fmt: skip


def test_null_refers_to_nothing():
    """A row without the value refers to no row, not even to one without the value."""
    catalog = make_referring_catalog(Reference("main.groups", {"code": "code"}))
    assert list_referred(catalog, {**GROUPS, "counts": [{"n": "1"}]}) == [(None, "1", None)]


def test_reference_to_a_table_without_rows_is_null():
    """If no record has a row to refer to, every reference is NULL."""
    catalog = make_referring_catalog(Reference("main.groups", {"code": "code"}))
    shredded = shred_documents(catalog, {"counts": [{"of": "A"}]})
    assert list_rows(shredded)[0][2:] == ("A", None, None)
    assert str(shredded.tables["main.made"].schema.field("group_id").type) == "int64"


def test_only_rows_with_the_wanted_values_are_referred_to():
    """`where` leaves out rows of another kind, even where they come first."""
    sources = (RowSource("groups[]", {"kind": "first"}), RowSource("more[]", {"kind": "second"}))
    catalog = make_referring_catalog(Reference("main.groups", {"code": "code"}, {"kind": "second"}), *sources)
    record = {**GROUPS, "more": [{"code": "B"}, {"code": "A"}, {"code": "A"}], "counts": [{"of": "A"}, {"of": "C"}]}
    assert list_referred(catalog, record, {**GROUPS, "counts": [{"of": "A"}]}) == [
        ("A", None, 70000006), ("C", None, None), ("A", None, None),
    ]  # fmt: skip


def test_of_rows_from_several_sources_the_smallest_id_counts():
    """Without `where`, the row of the earlier source is the first, in each of several trials."""
    sources = (RowSource("groups[]", {"kind": "first"}), RowSource("more[]", {"kind": "second"}))
    catalog = make_referring_catalog(Reference("main.groups", {"code": "code"}), *sources)
    record = {"groups": [{"code": "B"}, {"code": "A"}], "more": [{"code": "A"}, {"code": "C"}]}
    record["counts"] = [{"of": "A"}, {"of": "C"}]
    assert list_referred(catalog, record, {**record, "groups": []}) == [
        ("A", None, 70000002), ("C", None, 70000004), ("A", None, 80000001), ("C", None, 80000002),
    ]  # fmt: skip


def test_all_values_of_a_reference_must_be_equal():
    """A reference by two columns needs both of them."""
    groups = make_table(RowSource("groups[]"), table_name="groups", code="@.code", unit="@.unit")
    refers = Reference("main.groups", {"code": "code", "unit": "unit"})
    counts = make_table(RowSource("counts[]"), Column("group_id", "", "BIGINT", refers=refers), code="@.c", unit="@.u")
    record = {
        "groups": [{"code": "A"}, {"code": "A", "unit": "x"}, {"code": "A", "unit": "y"}, {"code": "B", "unit": "x"}],
        "counts": [{"c": "A", "u": "y"}, {"c": "B", "u": "y"}, {"c": "A"}, {"c": "B", "u": "x"}],
    }
    assert [row[4] for row in list_rows(shred_documents(make_catalog(groups, counts), record))] == [
        70000003, None, None, 70000004,
    ]  # fmt: skip
