"""The name of a column that a query does not name: PostgreSQL's rules, for other parts of the query refer to it.

They are those of PostgreSQL 15's `FigureColname`: an expression has a name of its own (a column's, a function's), a
name only for want of a better one (the type of a cast, `case`), or none.
"""

from __future__ import annotations

from functools import singledispatch
from typing import NamedTuple

from sqlglot import exp

from warehouse.aact.dialect import is_call_of

_BY_FORM: dict[type, str] = {
    exp.Array: "array",
    exp.AtTimeZone: "timezone",
    exp.CurrentDate: "current_date",
    exp.CurrentTimestamp: "current_timestamp",
    exp.Exists: "exists",
    exp.Extract: "extract",
    exp.GroupConcat: "string_agg",
    exp.Overlay: "overlay",
    exp.StrPosition: "position",
    exp.Substring: "substring",
    exp.Tuple: "row",
}
_TRIMS = {"LEADING": "ltrim", "TRAILING": "rtrim"}
_TYPES = {
    "BIGINT": "int8",
    "BOOLEAN": "bool",
    "CHAR": "bpchar",
    "DECIMAL": "numeric",
    "DOUBLE": "float8",
    "FLOAT": "float4",
    "INT": "int4",
    "SMALLINT": "int2",
}


class _Name(NamedTuple):
    text: str
    is_own: bool = True


def name_columns(query: exp.Query) -> None:
    """Give every column of every select that has no name the one that PostgreSQL gives it."""
    for select in query.find_all(exp.Select):
        for column in select.expressions:
            if not column.is_star and not isinstance(column, exp.Alias | exp.Column):
                column.replace(exp.alias_(column.copy(), get_column_name(column), quoted=True))


def get_column_name(column: exp.Expr) -> str:
    """The name that PostgreSQL gives to a column that is this expression."""
    return _name(column).text


@singledispatch
def _name(node: object) -> _Name:
    text = is_call_of(node) or _BY_FORM.get(type(node), "")
    return _Name(text) if text else _Name("?column?", is_own=False)


@_name.register
def _(node: exp.Alias | exp.Column | exp.Dot) -> _Name:
    return _Name(node.output_name)


@_name.register
def _(node: exp.Paren | exp.Bracket | exp.Window | exp.Filter | exp.WithinGroup | exp.Collate) -> _Name:
    return _name(node.this)


@_name.register
def _(node: exp.Subquery) -> _Name:
    return _name(node.selects[0])


@_name.register
def _(node: exp.Cast) -> _Name:
    own = _name(node.this)
    element = node.to.expressions[0] if node.to.is_type(exp.DType.ARRAY) else node.to
    kind = str(element.this.name)
    return own if own.is_own else _Name(_TYPES.get(kind, kind.lower()), is_own=False)


@_name.register
def _(node: exp.Case) -> _Name:
    own = _name(node.args.get("default"))
    return own if own.is_own else _Name("case", is_own=False)


@_name.register
def _(node: exp.Trim) -> _Name:
    return _Name(_TRIMS.get(node.text("position").upper(), "btrim"))


@_name.register
def _(_node: exp.Interval) -> _Name:
    return _Name("interval", is_own=False)
