"""Rewrite rounded numbers that become texts: `round(5.1, 2) || '%'` is 5.10% in PostgreSQL."""

from __future__ import annotations

from sqlglot import exp

from warehouse.aact.dialect import get_called_name, make_call

_ROUNDING_FUNCTIONS = {"round", "round_even", "trunc", "ceil", "ceiling", "floor"}
_TEXT_FUNCTIONS = {"concat", "concat_ws", "format"}
_TEXT_TYPES = (exp.DType.TEXT, exp.DType.VARCHAR, exp.DType.CHAR)


def write_decimals(node: exp.Anonymous) -> exp.Expr:
    """Rewrite a rounding whose result becomes a text to a text with that many decimals.

    The macros round to a DOUBLE, which does not know how many decimals it was rounded to.
    """
    places = _get_places(node)
    if places is None or not _becomes_text(node):
        return node
    return make_call("aact_fixed", node.copy(), places.copy())


def _get_places(node: exp.Anonymous) -> exp.Expr | None:
    """Return the decimals that a call rounds to; None if it is another call, or if the query does not say."""
    if get_called_name(node) not in _ROUNDING_FUNCTIONS:
        return None
    places = node.expressions[1] if len(node.expressions) > 1 else exp.Literal.number(0)
    return places if isinstance(places, exp.Literal) and places.is_int else None


def _becomes_text(node: exp.Expr) -> bool:
    parent = node.parent
    while isinstance(parent, exp.Paren):
        parent = parent.parent
    if isinstance(parent, exp.Cast):
        return parent.to.is_type(*_TEXT_TYPES)
    return isinstance(parent, exp.DPipe | exp.GroupConcat) or get_called_name(parent) in _TEXT_FUNCTIONS
