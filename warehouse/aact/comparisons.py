"""Rewrite comparisons that DuckDB cannot read: `any` and `all`, `similar to`, `between symmetric`."""

from __future__ import annotations

import csv

from sqlglot import exp

from warehouse.aact.dialect import get_called_name, make_call
from warehouse.errors import UnsupportedQuery

PATTERNS = (exp.Like, exp.ILike, exp.RegexpLike, exp.RegexpILike)
_QUANTIFIERS = {"all": exp.All, "any": exp.Any, "some": exp.Any}


def compare_each_element(comparison: exp.Expr) -> exp.Expr:
    """Rewrite `x like any (array[a, b])` to `(x like a or x like b)`, and `all` to `and`.

    If the operand is not an array in the text of the query, a subquery compares each of its rows.

    Raises:
        UnsupportedQuery: The comparison is negated in a way that is ambiguous after parsing.
    """
    quantifier = _find_quantifier(comparison.expression)
    if quantifier is None:
        return comparison
    # sqlglot reads both `not x ~ any (…)` and `x !~ any (…)` as the same tree; in PostgreSQL they differ.
    if isinstance(comparison.parent, exp.Not) and not isinstance(comparison, exp.Like | exp.ILike):
        raise UnsupportedQuery(
            "`not x ~ any (…)` and `x !~ any (…)` look the same to the parser, but mean different things",
            next_step="write `not (x ~ any (…))`, or `x !~ a or x !~ b`",
        )
    operand = parse_array_literal(quantifier.this.unnest())
    if not isinstance(operand, exp.Array):
        return _compare_rows(comparison, operand, quantifier)
    join = exp.and_ if isinstance(quantifier, exp.All) else exp.or_
    return exp.paren(join(*(_compare_with(comparison, element) for element in operand.expressions)))


def parse_array_literal(node: exp.Expr) -> exp.Expr:
    """Return the array of a literal such as `'{a,b}'`, and any other node as it is."""
    if not (node.is_string and node.name.startswith("{") and node.name.endswith("}")):
        return node
    # The elements have the form of CSV: commas between them, quotes around some, a backslash before a quote.
    (texts,) = csv.reader([node.name[1:-1]], escapechar="\\", skipinitialspace=True)
    return exp.array(*(exp.null() if text == "NULL" else exp.Literal.string(text) for text in texts))


def rewrite_similar_to(node: exp.SimilarTo) -> exp.Expr:
    """Rewrite `x similar to y` to a call of the macro `similar_to`."""
    return make_call("similar_to", node.this, node.expression)


def rewrite_between_symmetric(node: exp.Between) -> exp.Expr:
    """Rewrite `x between symmetric a and b` to two comparisons, one for each order of the bounds."""
    if not node.args.get("symmetric"):
        return node
    low, high = node.args["low"], node.args["high"]
    ascending = exp.Between(this=node.this, low=low, high=high)
    descending = exp.Between(this=node.this.copy(), low=high.copy(), high=low.copy())
    return exp.paren(exp.or_(ascending, descending))


def rewrite_array_operand(node: exp.Expr) -> exp.Expr:
    """Rewrite the operand of `any ('{a,b}')` to an array, whatever the comparison is."""
    operand = parse_array_literal(node.this.unnest())
    if isinstance(operand, exp.Array):
        node.set("this", exp.paren(operand, copy=False))
    return node


def _find_quantifier(node: exp.Expr) -> exp.Expr | None:
    """Return the `any` or `all` that the node is, or None; the parser leaves some of them as calls."""
    quantifier_class = _QUANTIFIERS.get(get_called_name(node))
    if quantifier_class is not None:
        return quantifier_class(this=node.expressions[0])
    return node if isinstance(node, exp.All | exp.Any) else None


def _compare_with(comparison: exp.Expr, element: exp.Expr) -> exp.Expr:
    # Copy both, because a node of the tree can have only one parent.
    copy = comparison.copy()
    copy.set("expression", element.copy())
    return copy


def _compare_rows(comparison: exp.Expr, operand: exp.Expr, quantifier: exp.Expr) -> exp.Expr:
    """Return a subquery that compares with each row of a query, or each element of a column.

    Without any row `any` is false and `all` is true, as in PostgreSQL.
    """
    element = exp.column("element", table="listed")
    if isinstance(operand, exp.Query):
        rows = exp.alias_(operand.subquery(), "listed", table=["element"])
    else:
        rows = exp.alias_(exp.Unnest(expressions=[operand]), "listed", table=["element"])
    # An aggregate of no rows is NULL, so `coalesce` gives the value for them.
    if isinstance(quantifier, exp.All):
        aggregate, value_without_rows = "bool_and", exp.true()
    else:
        aggregate, value_without_rows = "bool_or", exp.false()
    answer = make_call(aggregate, _compare_with(comparison, element))
    return exp.select(make_call("coalesce", answer, value_without_rows)).from_(rows).subquery()
