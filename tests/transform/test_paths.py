"""A path reads exactly its values in the record, with any names and at any depth of lists."""

from __future__ import annotations

import duckdb
import orjson
from hypothesis import given
from hypothesis import strategies as st

from tests.support.shredding import make_rows, make_trials_table
from transform.catalog.model import Column
from transform.paths import LIST, build_tree, quote_name, quote_text, split_path

NAMES = st.sampled_from(["a", "b", "select", "from", 'a "b"', "it's", "é", "a b", "row1", "record", "e1"])
TEXTS = st.text(st.characters(exclude_categories=["Cs"]), max_size=5)
LEAVES = st.one_of(TEXTS, st.integers(-(10**18), 10**18), st.booleans())


def draw_nodes(nodes):
    """Return a strategy for trees whose nodes have at most one child per name, a list or not."""
    children = st.dictionaries(NAMES, st.tuples(st.sampled_from(["", LIST]), nodes), min_size=1, max_size=3)
    return children.map(lambda named: {name + suffix: node for name, (suffix, node) in named.items()})


TREES = draw_nodes(st.recursive(st.just({}), draw_nodes, max_leaves=5))


def leaf_paths(node, prefix=""):
    """Yield the paths of a tree's leaves."""
    for step, child in node.items():
        path = f"{prefix}.{step}" if prefix else step
        yield from leaf_paths(child, path) if child else [path]


def draw_values(node):
    """Return a strategy for values of the shape of a tree's node, in which any member may be absent."""
    if not node:
        return LEAVES
    members = {}
    for step, child in node.items():
        member = st.lists(draw_values(child), max_size=3) if step.endswith(LIST) else draw_values(child)
        members[step.removesuffix(LIST)] = member
    return st.fixed_dictionaries({}, optional=members)


def find_leaves(value, steps):
    """Return every leaf at the end of the steps, in the record's order, as text."""
    if not steps:
        return [value if isinstance(value, str) else orjson.dumps(value).decode()]
    first, *others = steps
    member = value.get(first.removesuffix(LIST))
    if member is None:
        return []
    leaves = []
    for part in member if first.endswith(LIST) else [member]:
        leaves += find_leaves(part, others)
    return leaves


@given(TREES)
def test_tree_and_paths_convert_both_ways(node):
    """The paths of a tree make the same tree again, and the steps of a path make the same path."""
    paths = list(leaf_paths(node))
    assert build_tree(paths) == node
    assert list(leaf_paths(build_tree(paths))) == paths
    assert [".".join(split_path(path)) for path in paths] == paths


@given(TREES.flatmap(lambda node: st.tuples(st.just(node), draw_values(node))))
def test_every_leaf_is_read_back(pair):
    """All leaves of a record, and no others, are read back in order; nested lists become one list."""
    node, record = pair
    paths = list(leaf_paths(node))
    column_types = {path: "VARCHAR[]" if LIST in path else "VARCHAR" for path in paths}
    columns = [Column(path, "A leaf.", column_types[path], (path,), column_types[path]) for path in paths]
    (row,) = make_rows(make_trials_table(*columns), record)
    for path, read in zip(paths, row[1:], strict=True):
        leaves = (read or []) if LIST in path else [read]
        assert [leaf for leaf in leaves if leaf is not None] == find_leaves(record, split_path(path))


@given(st.text(st.characters(exclude_categories=["Cs"], exclude_characters="\0"), max_size=5))
def test_quoted_text_reads_back_the_same(text):
    """Any text without NUL comes back from SQL unchanged, with its quotes."""
    assert duckdb.sql(f"select {quote_text(text)}").fetchall() == [(text,)]


@given(st.text(st.characters(exclude_categories=["Cs", "Cc"]), min_size=1, max_size=5))
def test_a_quoted_name_is_one_name(name):
    """Any name, when quoted, is one column of that name."""
    assert duckdb.sql(f"select 1 as {quote_name(name)}").columns == [name]
