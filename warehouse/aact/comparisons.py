"""Rewrites comparisons that DuckDB cannot read: with each of a list, with SQL's own patterns, between two ends."""

from __future__ import annotations

import csv

from sqlglot import exp

from warehouse.aact.dialect import call, is_call_of
from warehouse.errors import NotUnderstood

PATTERNS = (exp.Like, exp.ILike, exp.RegexpLike, exp.RegexpILike)
_QUANTIFIERS = {"all": exp.All, "any": exp.Any, "some": exp.Any}


def compare_each_element(comparison: exp.Expr) -> exp.Expr:
    """`x like any (array[a, b])` as `(x like a or x like b)`, and its kin; of another operand as a subquery."""
    quantifier = _quantifier(comparison.expression)
    if quantifier is None:
        return comparison
    if isinstance(comparison.parent, exp.Not) and not isinstance(comparison, exp.Like | exp.ILike):
        raise NotUnderstood(
            "`not x ~ any (…)` and `x !~ any (…)` cannot be told apart here",
            next_step="write `not (x ~ any (…))`, or `x !~ a or x !~ b`",
        )
    operand = list_elements(quantifier.this.unnest())
    if isinstance(operand, exp.Array):
        join = exp.and_ if isinstance(quantifier, exp.All) else exp.or_
        return exp.paren(join(*(_compared(comparison, element) for element in operand.expressions)))
    return _over_rows(comparison, operand, quantifier)


def list_elements(node: exp.Expr) -> exp.Expr:
    """An array's literal, `'{a,b}'`, as the array; anything else as it is."""
    if not (node.is_string and node.name.startswith("{") and node.name.endswith("}")):
        return node
    (texts,) = csv.reader([node.name[1:-1]], escapechar="\\", skipinitialspace=True)
    return exp.array(*(exp.null() if text == "NULL" else exp.Literal.string(text) for text in texts))


def rewrite_similar_to(node: exp.SimilarTo) -> exp.Expr:
    """`x similar to y` as a call of the macro."""
    return call("similar_to", node.this, node.expression)


def rewrite_between_symmetric(node: exp.Between) -> exp.Expr:
    """`x between symmetric a and b` as either order of the ends."""
    if not node.args.get("symmetric"):
        return node
    low, high = node.args["low"], node.args["high"]
    straight = exp.Between(this=node.this, low=low, high=high)
    turned = exp.Between(this=node.this.copy(), low=high.copy(), high=low.copy())
    return exp.paren(exp.or_(straight, turned))


def wrap_listed_operand(node: exp.Expr) -> exp.Expr:
    """The operand of any other `any (…)`, where it is the literal of an array, as the array."""
    operand = list_elements(node.this.unnest())
    if isinstance(operand, exp.Array):
        node.set("this", exp.paren(operand, copy=False))
    return node


def _quantifier(node: exp.Expr) -> exp.Expr | None:
    kind = _QUANTIFIERS.get(is_call_of(node))
    if kind is not None:
        return kind(this=node.expressions[0])
    return node if isinstance(node, exp.All | exp.Any) else None


def _compared(comparison: exp.Expr, element: exp.Expr) -> exp.Expr:
    copy = comparison.copy()
    copy.set("expression", element.copy())
    return copy


def _over_rows(comparison: exp.Expr, operand: exp.Expr, quantifier: exp.Expr) -> exp.Expr:
    """The comparison with each row of a subquery or element of a column; of no row `any` is false and `all` true."""
    element = exp.column("element", table="listed")
    if isinstance(operand, exp.Query):
        rows = exp.alias_(operand.subquery(), "listed", table=["element"])
    else:
        rows = exp.alias_(exp.Unnest(expressions=[operand]), "listed", table=["element"])
    aggregate, of_none = ("bool_and", exp.true()) if isinstance(quantifier, exp.All) else ("bool_or", exp.false())
    told = call(aggregate, _compared(comparison, element))
    return exp.select(call("coalesce", told, of_none)).from_(rows).subquery()
