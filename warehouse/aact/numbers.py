"""Rewrites divisions, casts and roundings of numbers, where DuckDB's types would cut or round them otherwise."""

from __future__ import annotations

from typing import TYPE_CHECKING

from sqlglot import exp

from warehouse.aact.dialect import call, is_call_of
from warehouse.aact.kinds import Columns, Kind, Kinds

if TYPE_CHECKING:
    from collections.abc import Iterable

_MOST_PLACES = 10
"""Of the macro `round`."""

_APPROXIMATE = (exp.DType.FLOAT, exp.DType.DECIMAL)


def rewrite_numbers(query: exp.Query, columns: Columns) -> None:
    """Make divisions, casts and roundings give PostgreSQL's numbers; all kinds are told before anything is changed."""
    kinds = Kinds(query, columns)
    divisions = [node for node in query.find_all(exp.Div) if kinds.of(node) in {Kind.NUMERIC, Kind.DOUBLE}]
    to_integer = [node for node in query.find_all(exp.Cast) if _is_rounded(node, kinds)]
    to_even = [node for node in query.find_all(exp.Anonymous) if _is_rounded_to_even(node, kinds)]
    _divide_as_doubles(divisions)
    _round_before(to_integer)
    for rounding in to_even:
        rounding.set("this", "round_even")
        rounding.append("expressions", exp.Literal.number(0))
    for cast in query.find_all(exp.Cast):
        if cast.to.is_type(*_APPROXIMATE):
            _widen(cast)


def _divide_as_doubles(divisions: Iterable[exp.Div]) -> None:
    """What is no integer in PostgreSQL, the sum of counts for one, may be an integer in DuckDB."""
    for division in divisions:
        division.set("this", exp.cast(division.this, exp.DType.DOUBLE, copy=False))


def _is_rounded(cast: exp.Cast, kinds: Kinds) -> bool:
    """Whether it makes an integer of a `numeric`, which PostgreSQL rounds half up; a DOUBLE goes to the even one."""
    return cast.to.is_type(*exp.DataType.INTEGER_TYPES) and kinds.of(cast.this) == Kind.NUMERIC


def _round_before(casts: Iterable[exp.Cast]) -> None:
    for cast in casts:
        cast.set("this", call("round", cast.this))


def _is_rounded_to_even(node: exp.Anonymous, kinds: Kinds) -> bool:
    """Whether it rounds a `double precision` to a whole number: there PostgreSQL rounds halves to the even one."""
    return is_call_of(node) == "round" and len(node.expressions) == 1 and kinds.of(node.expressions[0]) == Kind.DOUBLE


def _widen(cast: exp.Cast) -> None:
    """`numeric` and `real` as DOUBLE; `numeric(p, s)` after rounding by the macro, for a cast cuts a DOUBLE."""
    if not cast.to.expressions:
        cast.set("to", exp.DType.DOUBLE.into_expr())
        return
    places = int(cast.to.expressions[1].name) if len(cast.to.expressions) > 1 else 0
    if places <= _MOST_PLACES:
        cast.set("this", call("round", cast.this, exp.Literal.number(places)))
