"""Rows see the values of the levels above them, and lists below them as one list."""

from __future__ import annotations

import numpy as np
import pytest

from tests.support.shredding import EIGHT, SEVEN, make_rows, make_table
from transform.catalog.model import RowSource
from transform.shredding.levels import is_on_way, number_in_groups, split_lists


def test_inner_elements_are_rows_with_outer_values():
    """A list in a list gives one row per inner element, with values of the outer element and of the record."""
    outer = [{"title": "A", "in": [{"x": "1"}, {"x": "2"}]}, {"title": "B"}, {"title": "C", "in": [{"x": "3"}]}]
    table = make_table(RowSource("out[].in[]"), x="@.x", title="out[].title", whole="name")
    rows = make_rows(table, {"name": "N", "out": outer}, {"out": [{"in": [{}]}]})
    assert rows == [
        (70000001, SEVEN, "1", "A", "N"),
        (70000002, SEVEN, "2", "A", "N"),
        (70000003, SEVEN, "3", "C", "N"),
        (80000001, EIGHT, None, None, None),
    ]


def test_rows_of_deep_lists_keep_their_order():
    """Rows of lists in three levels come in the record's order, and each has an id of its own."""
    record = {"a": [{"b": [{"c": ["1", "2"]}, {"c": ["3"]}]}, {"b": [{"c": ["4"]}]}]}
    rows = make_rows(make_table(RowSource("a[].b[].c[]"), leaf="@"), record)
    assert rows == [(70000000 + ordinal, SEVEN, str(ordinal)) for ordinal in (1, 2, 3, 4)]


def test_nulls_at_any_level_shift_nothing():
    """Null elements, null lists and null objects between the levels do not move a value to another row."""
    table = make_table(RowSource("a[].o.b[]"), x="@.x", title="a[].title", deep="a[].o.d.t")
    record = {
        "a": [
            None,
            {"title": "1", "o": None},
            {"title": "2", "o": {"b": None}},
            {"title": "3", "o": {"b": [None, {"x": "y"}], "d": {"t": "T"}}},
            {"title": "4"},
            {"title": None, "o": {"b": [{"x": "z"}], "d": None}},
        ]
    }
    assert make_rows(table, {}, record, {"a": None}, record) == [
        (80000002, EIGHT, "y", "3", "T"), (80000003, EIGHT, "z", None, None),
        (100000002, "NCT00000010", "y", "3", "T"), (100000003, "NCT00000010", "z", None, None),
    ]  # fmt: skip


@pytest.mark.parametrize(
    ("record", "texts"),
    [
        ({}, None), ({"m": {"words": None}}, None), ({"m": {"words": []}}, []),
        ({"m": {"words": ["b", None, "a", "b"]}}, ["b", None, "a", "b"]),
    ],
)  # fmt: skip
def test_list_of_texts_is_one_value(record, texts):
    """A list of texts is a list value, with its nulls and in its order; an absent list is NULL."""
    table = make_table(RowSource("m"), words=("m.words[]", "VARCHAR[]"))
    rows = make_rows(table, {**record, "m": record.get("m", {})})
    assert rows == [(70000001, SEVEN, texts)]


def test_lists_below_the_row_are_joined_into_one():
    """The texts of all lists below the row are one list, in the record's order; without the first list it is NULL."""
    table = make_table(RowSource("r[]"), inner=("@.a[].b[].c", "VARCHAR[]"), words=("@.a[].w[]", "VARCHAR[]"))
    some = {"a": [{"b": [{"c": "1"}, None, {}], "w": ["x"]}, {"b": None, "w": []}, None, {"b": [{"c": "2"}]}]}
    rows = make_rows(table, {"r": [some, {"a": None}, {"a": []}, {}]}, {"r": [{"a": [{"w": [None, "y"]}]}]})
    assert [row[2:] for row in rows] == [
        (["1", None, None, "2"], ["x"]), (None, None), ([], []), (None, None), ([], [None, "y"]),
    ]  # fmt: skip


def test_lists_beside_the_row_are_values_of_the_level_that_both_share():
    """A list that does not lie on the way to the row is the same value for every row of the shared element."""
    table = make_table(RowSource("a[].b[]"), x="@.x", beside=("a[].w[]", "VARCHAR[]"), far=("z[].t", "VARCHAR[]"))
    first = {"b": [{"x": "1"}, {"x": "2"}], "w": ["p", "q"]}
    record = {"a": [first, {"b": [{"x": "3"}]}], "z": [{"t": "Z"}]}
    assert [row[2:] for row in make_rows(table, record, {"a": [{"b": [{}], "w": []}]})] == [
        ("1", ["p", "q"], ["Z"]), ("2", ["p", "q"], ["Z"]), ("3", None, ["Z"]), (None, [], None),
    ]  # fmt: skip


def test_members_of_elements_are_one_list_for_the_record():
    """A member of a list's elements is a list for a row above: one text, or NULL, per element."""
    rows = make_rows(make_table(RowSource("m"), all=("m.sites[].country", "VARCHAR[]")), {
        "m": {"sites": [{"country": "Peru"}, {}, None, {"country": "Chile"}]}
    })  # fmt: skip
    assert rows == [(70000001, SEVEN, ["Peru", None, None, "Chile"])]


def test_lists_of_a_path_are_named_from_the_outside():
    """A path's lists are its beginnings that end in `[]`."""
    assert split_lists("a.b[].c.d[].e") == ("a.b[]", "a.b[].c.d[]")
    assert split_lists("a.b") == split_lists("") == ()


def test_a_name_that_begins_like_another_is_not_on_its_way():
    """A path begins with another step by step, and not letter by letter."""
    assert is_on_way("a.b", "a.b.c")
    assert is_on_way("", "a")
    assert is_on_way("a", "a")
    assert not is_on_way("a.b", "a.bc")
    assert not is_on_way("a.b[]", "a.b")


def test_elements_are_numbered_in_their_groups():
    """The numbers begin with 1 in each group; groups without elements do not matter."""
    assert number_in_groups(np.array([1, 1, 3, 3, 3]), 5).tolist() == [1, 2, 1, 2, 3]
    assert number_in_groups(np.array([], np.int64), 0).tolist() == []
