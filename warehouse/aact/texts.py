"""Rewrites names and casts of text."""

from __future__ import annotations

from sqlglot import exp

from warehouse.aact.comparisons import list_elements
from warehouse.aact.dialect import call

_SHORT = (exp.DType.VARCHAR, exp.DType.CHAR)


def fold_to_lower_case(name: exp.Identifier) -> exp.Expr:
    """A name without quotes in lower case, as PostgreSQL takes it."""
    if not name.quoted:
        name.set("this", name.name.lower())
    return name


def cut_text(cast: exp.Cast) -> exp.Expr:
    """`x::varchar(5)` as the first five characters; a `char` without a length is one."""
    if not cast.to.is_type(*_SHORT) or (cast.to.is_type(exp.DType.VARCHAR) and not cast.to.expressions):
        return cast
    length = cast.to.expressions[0].this if cast.to.expressions else exp.Literal.number(1)
    return call("left", exp.cast(cast.this, exp.DType.TEXT), length)


def make_list(cast: exp.Cast) -> exp.Expr:
    """`'{a,b}'::text[]` as an array."""
    if cast.to.is_type(exp.DType.ARRAY):
        cast.set("this", list_elements(cast.this))
    return cast
