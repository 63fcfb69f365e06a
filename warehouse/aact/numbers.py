"""Rewrite divisions, casts and roundings of numbers that DuckDB's types would truncate or round in another way."""

from __future__ import annotations

from typing import TYPE_CHECKING

from sqlglot import exp

from warehouse.aact.dialect import get_called_name, make_call
from warehouse.aact.kinds import Kind, KindInference, strip_aggregate_options

if TYPE_CHECKING:
    from collections.abc import Iterable

APPROXIMATE_TYPES = (exp.DType.FLOAT, exp.DType.DECIMAL)
"""The types that DuckDB has with fewer digits, so that DOUBLE takes their place."""


def rewrite_numbers(query: exp.Query, kinds: KindInference) -> None:
    """Rewrite divisions, casts and roundings so that they give PostgreSQL's numbers."""
    # Find every node before the first change, because a changed node would mislead the inference of the others.
    divisions = [node for node in query.find_all(exp.Div) if _is_of_fractions(node, kinds)]
    casts_to_integer = [node for node in query.find_all(exp.Cast) if _is_rounded_half_up(node, kinds)]
    roundings_to_even = [node for node in query.find_all(exp.Anonymous) if _is_rounded_half_even(node, kinds)]
    sums = [node for node in query.find_all(exp.Anonymous) if _is_sum_of_fractions(node, kinds)]

    _divide_as_doubles(divisions)
    _round_before_cast(casts_to_integer)
    _round_half_even(roundings_to_even)
    _sum_to_doubles(sums)
    for cast in query.find_all(exp.Cast):
        if cast.to.is_type(*APPROXIMATE_TYPES):
            _cast_to_double(cast)


def _is_of_fractions(division: exp.Div, kinds: KindInference) -> bool:
    return kinds.infer_kind(division) in {Kind.NUMERIC, Kind.DOUBLE}


def _is_rounded_half_up(cast: exp.Cast, kinds: KindInference) -> bool:
    """Return whether a cast makes an integer of a `numeric`: PostgreSQL rounds it half up.

    A DOUBLE is rounded half to even by both.
    """
    return cast.to.is_type(*exp.DataType.INTEGER_TYPES) and kinds.infer_kind(cast.this) == Kind.NUMERIC


def _is_rounded_half_even(node: exp.Anonymous, kinds: KindInference) -> bool:
    """Return whether a call rounds a `double precision` to a whole number: PostgreSQL rounds it half to even."""
    if get_called_name(node) != "round" or len(node.expressions) != 1:
        return False
    return kinds.infer_kind(node.expressions[0]) == Kind.DOUBLE


def _is_sum_of_fractions(node: exp.Anonymous, kinds: KindInference) -> bool:
    if get_called_name(node) != "sum":
        return False
    return kinds.infer_kind(strip_aggregate_options(node.expressions[0])) == Kind.NUMERIC


def _divide_as_doubles(divisions: Iterable[exp.Div]) -> None:
    # A `numeric` of PostgreSQL may be an integer in DuckDB, such as the sum of counts.
    for division in divisions:
        division.set("this", exp.cast(division.this, exp.DType.DOUBLE, copy=False))


def _round_before_cast(casts: Iterable[exp.Cast]) -> None:
    for cast in casts:
        cast.set("this", make_call("round", cast.this))


def _round_half_even(roundings: Iterable[exp.Anonymous]) -> None:
    for rounding in roundings:
        rounding.set("this", "round_even")
        rounding.append("expressions", exp.Literal.number(0))


def _sum_to_doubles(sums: Iterable[exp.Anonymous]) -> None:
    # The sum of a DECIMAL has 38 digits. Where two such meet (coalesce, union …), DuckDB drops the decimals of one.
    for aggregate in sums:
        outermost: exp.Expr = aggregate
        while isinstance(outermost.parent, exp.Filter | exp.Window) and outermost.arg_key == "this":
            outermost = outermost.parent
        outermost.replace(exp.cast(outermost.copy(), exp.DType.DOUBLE))


def _cast_to_double(cast: exp.Cast) -> None:
    """Cast to DOUBLE in place of `numeric` and `real`; round with the macro before a cast to `numeric(p, s)`.

    Without the macro DuckDB would round the DOUBLE: 1.005 would become 1.00.
    """
    if not cast.to.expressions:
        cast.set("to", exp.DType.DOUBLE.into_expr())
        return
    places = int(cast.to.expressions[1].name) if len(cast.to.expressions) > 1 else 0
    cast.set("this", make_call("round", cast.this, exp.Literal.number(places)))
