"""Rewrites calls whose form DuckDB reads otherwise, and aggregates that need an order or are made of two."""

from __future__ import annotations

from sqlglot import exp

from warehouse.aact.dialect import call, is_call_of

_JSON_LISTS = {"json_agg", "jsonb_agg"}
_ORDERED = {"array_agg", *_JSON_LISTS}
_LISTS_OF_ROWS = {
    "regexp_matches": "regexp_all_matches",
    "regexp_split_to_table": "regexp_split_to_array",
    "string_to_table": "string_to_array",
}
_RENAMED = {"every": "bool_and"}


def rewrite_substring(node: exp.Substring) -> exp.Expr:
    """`substring(x from y for z)` as `substr(x, y, z)`, a macro: `substring` is DuckDB's own under any search path."""
    return call("substr", *(node.args[part] for part in ("this", "start", "length") if node.args.get(part)))


def order_distinct(node: exp.Expr) -> exp.Expr:
    """An aggregate of distinct values, in their order: PostgreSQL sorts to find them, and so gives them sorted."""
    if not isinstance(node, exp.GroupConcat) and is_call_of(node) not in _ORDERED:
        return node
    distinct = node.this if isinstance(node, exp.GroupConcat) else node.expressions[0]
    if isinstance(distinct, exp.Distinct):
        value = exp.Ordered(this=distinct.expressions[0].copy())
        distinct.replace(exp.Order(this=distinct.copy(), expressions=[value]))
    return node


def rename_function(node: exp.Anonymous) -> exp.Expr:
    """A call by the name of DuckDB's aggregate, which takes a filter and a window; a macro takes neither."""
    node.set("this", _RENAMED.get(is_call_of(node), node.this))
    return node


def unnest_list(node: exp.Anonymous) -> exp.Expr:
    """A function that gives rows in PostgreSQL, as the rows of the list that another gives."""
    as_list = _LISTS_OF_ROWS.get(is_call_of(node))
    return call("unnest", call(as_list, *node.expressions)) if as_list else node


def make_json_list(node: exp.Expr) -> exp.Expr:
    """`json_agg(x order by y) filter (…)` as JSON of an `array_agg`, which takes an order, a filter and a window."""
    inner = node
    while isinstance(inner, exp.Filter | exp.Window):
        inner = inner.this
    if is_call_of(inner) not in _JSON_LISTS or _is_wrapped(node):
        return node
    inner.set("this", "array_agg")
    return call("aact_json_array", node.copy())


def _is_wrapped(node: exp.Expr) -> bool:
    return isinstance(node.parent, exp.Filter | exp.Window) and node.arg_key == "this"
