"""A path reads exactly what stands there in the record, whatever the names and however deep the lists."""

from __future__ import annotations

import duckdb
import orjson
import pytest
from hypothesis import given
from hypothesis import strategies as st

from transform.paths import LIST, build_tree, make_expression, make_struct_type, quote_name, quote_text, split_path

NAMES = st.sampled_from(["a", "b", "select", "from", 'a "b"', "it's", "é", "a b", "row1", "record", "e1"])
TEXTS = st.text(st.characters(exclude_categories=["Cs"]), max_size=5)
LEAVES = st.one_of(TEXTS, st.integers(-(10**18), 10**18), st.booleans())


def below(nodes):
    """Trees whose nodes have at most one child a name, be it a list or not."""
    children = st.dictionaries(NAMES, st.tuples(st.sampled_from(["", LIST]), nodes), min_size=1, max_size=3)
    return children.map(lambda named: {name + suffix: node for name, (suffix, node) in named.items()})


TREES = below(st.recursive(st.just({}), below, max_leaves=5))


def leaf_paths(node, prefix=""):
    """The paths of a tree's leaves."""
    for step, child in node.items():
        path = f"{prefix}.{step}" if prefix else step
        yield from leaf_paths(child, path) if child else [path]


def values(node):
    """Strategy of values of the shape of a tree's node, with anything left out that may be."""
    if not node:
        return LEAVES
    members = {}
    for step, child in node.items():
        member = st.lists(values(child), max_size=3) if step.endswith(LIST) else values(child)
        members[step.removesuffix(LIST)] = member
    return st.fixed_dictionaries({}, optional=members)


def found(value, way):
    """Every leaf that stands at a path, in the record's order, as text."""
    if not way:
        return [value if isinstance(value, str) else orjson.dumps(value).decode()]
    first, *others = way
    inner = value.get(first.removesuffix(LIST))
    if inner is None:
        return []
    return [leaf for part in (inner if first.endswith(LIST) else [inner]) for leaf in found(part, others)]


@pytest.fixture(scope="module")
def file(tmp_path_factory):
    """A file that each example writes anew."""
    return tmp_path_factory.mktemp("records") / "record.ndjson"


@given(TREES)
def test_a_tree_is_its_paths(node):
    """The paths of a tree make the same tree, and a path is its steps."""
    paths = list(leaf_paths(node))
    assert build_tree(paths) == node
    assert list(leaf_paths(build_tree(paths))) == paths
    assert [".".join(split_path(path)) for path in paths] == paths


@given(TREES)
def test_the_struct_has_every_path(node):
    """The STRUCT of a tree is a type of DuckDB that keeps every name, each leaf of it a text."""
    described = duckdb.sql(f"select cast(null as {make_struct_type(node)}) as record").types[0]
    assert shape(described) == node


def shape(described):
    """The tree that a DuckDB type stands for."""
    if described.id == "varchar":
        return {}
    return {
        name + LIST if kind.id == "list" else name: shape(kind.child if kind.id == "list" else kind)
        for name, kind in described.children
    }


@given(TREES.flatmap(lambda node: st.tuples(st.just(node), values(node))))
def test_every_leaf_is_read_back(file, pair):
    """A record is read back leaf for leaf, in its order, lists in lists as one list, and nothing that is not there."""
    node, record = pair
    paths = list(leaf_paths(node))
    file.write_bytes(orjson.dumps({"record": record}))
    columns = ", ".join(make_expression(path, {"": "record"}) for path in paths)
    record_type = quote_text(make_struct_type(node))
    (row,) = duckdb.sql(
        f"select {columns} from read_ndjson({quote_text(str(file))}, columns = {{record: {record_type}}})"
    ).fetchall()
    for path, read in zip(paths, row, strict=True):
        there = [leaf for leaf in (read if LIST in path else [read]) or [] if leaf is not None]
        assert there == found(record, split_path(path))


def test_an_expression_starts_at_the_nearest_origin():
    """Inside of an unnested list a path is read from the element at hand, else from the record."""
    origins = {"": "record", "a.b[]": "row1", "a.b[].c[]": "row2"}
    assert make_expression("a.b[].c[].d", origins) == 'row2."d"'
    assert make_expression("a.b[].e", origins) == 'row1."e"'
    assert make_expression("a.b[].c[]", origins) == "row2"
    assert make_expression("a.bc", origins) == 'record."a"."bc"'
    assert make_expression("", origins) == "record"


@given(st.text(st.characters(exclude_categories=["Cs"], exclude_characters="\0"), max_size=5))
def test_a_literal_is_its_text(text):
    """Any text but NUL comes back from SQL as it went in, quotes and all."""
    assert duckdb.sql(f"select {quote_text(text)}").fetchall() == [(text,)]


@given(st.text(st.characters(exclude_categories=["Cs", "Cc"]), min_size=1, max_size=5))
def test_a_quoted_name_is_one_name(name):
    """Any name, quoted, is one column of that name."""
    assert duckdb.sql(f"select 1 as {quote_name(name)}").columns == [name]
