"""Rewrite names, and casts of text."""

from __future__ import annotations

from sqlglot import exp

from warehouse.aact.comparisons import parse_array_literal
from warehouse.aact.dialect import make_call

_SHORT_TYPES = (exp.DType.VARCHAR, exp.DType.CHAR)


def fold_to_lower_case(name: exp.Identifier) -> exp.Expr:
    """Change a name without quotes to lower case, as PostgreSQL reads it."""
    if not name.quoted:
        name.set("this", name.name.lower())
    return name


def rewrite_text_cast(cast: exp.Cast) -> exp.Expr:
    """Rewrite `x::varchar(5)` to the first five characters; a `char` without a length has one."""
    if not cast.to.is_type(*_SHORT_TYPES):
        return cast
    lengths = cast.to.expressions
    # A `varchar` without a length has no limit.
    if cast.to.is_type(exp.DType.VARCHAR) and not lengths:
        return cast
    length = lengths[0].this if lengths else exp.Literal.number(1)
    return make_call("left", exp.cast(cast.this, exp.DType.TEXT), length)


def rewrite_array_cast(cast: exp.Cast) -> exp.Expr:
    """Rewrite `'{a,b}'::text[]` to a cast of an array."""
    if cast.to.is_type(exp.DType.ARRAY):
        cast.set("this", parse_array_literal(cast.this))
    return cast
