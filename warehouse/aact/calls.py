"""Rewrite function calls: forms that DuckDB reads in another way, and aggregates that need an order or a wrapper."""

from __future__ import annotations

from sqlglot import exp

from warehouse.aact.dialect import get_called_name, is_interval, make_call

_SORTED_AGGREGATES = {"array_agg", "json_agg", "jsonb_agg"}
_LIST_FUNCTIONS = {
    "regexp_matches": "regexp_all_matches",
    "regexp_split_to_table": "regexp_split_to_array",
    "string_to_table": "string_to_array",
    **dict.fromkeys(("json_array_elements", "jsonb_array_elements"), "aact_json_elements"),
    **dict.fromkeys(("json_array_elements_text", "jsonb_array_elements_text"), "aact_json_texts"),
    **dict.fromkeys(("json_object_keys", "jsonb_object_keys"), "json_keys"),
}
"""PostgreSQL's functions that return rows, each with the function that returns the same values as a list."""

_RENAMED_AGGREGATES = {"every": "bool_and"}


def rewrite_substring(node: exp.Substring) -> exp.Expr:
    """Rewrite `substring(x from y for z)` to `substr(x, y, z)`, which the warehouse has as a macro.

    A macro named `substring` would not help: DuckDB takes its own function under any search path.
    """
    return make_call("substr", *(node.args[part] for part in ("this", "start", "length") if node.args.get(part)))


def sort_distinct_values(node: exp.Expr) -> exp.Expr:
    """Add an order to an aggregate of distinct values: PostgreSQL sorts to find duplicates, so they come sorted."""
    # sqlglot has a class of its own for `string_agg`; `dialect` leaves the other aggregates as calls.
    if not isinstance(node, exp.GroupConcat) and get_called_name(node) not in _SORTED_AGGREGATES:
        return node
    distinct = node.this if isinstance(node, exp.GroupConcat) else node.expressions[0]
    if isinstance(distinct, exp.Distinct):
        value = exp.Ordered(this=distinct.expressions[0].copy())
        distinct.replace(exp.Order(this=distinct.copy(), expressions=[value]))
    return node


def rename_aggregate(node: exp.Anonymous) -> exp.Expr:
    """Rename a call to DuckDB's aggregate, which takes a filter and a window; a macro takes neither."""
    node.set("this", _RENAMED_AGGREGATES.get(get_called_name(node), node.this))
    return node


def rewrite_row_function(node: exp.Anonymous) -> exp.Expr:
    """Rewrite a function that returns rows in PostgreSQL to `unnest` of a function that returns a list."""
    list_function = _LIST_FUNCTIONS.get(get_called_name(node))
    if list_function is None:
        return node
    return make_call("unnest", make_call(list_function, *node.expressions))


def rewrite_overlaps(node: exp.Overlaps) -> exp.Expr:
    """Rewrite `(a, b) overlaps (c, d)` to a call of the macro `aact_overlaps`; an end may be an interval."""
    bounds: list[exp.Expr] = []
    for side in (node.left, node.right):
        start, end = side.expressions
        bounds += [start, exp.Add(this=start.copy(), expression=end) if is_interval(end) else end]
    return make_call("aact_overlaps", *bounds)
