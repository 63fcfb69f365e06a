"""Name the columns that a query leaves without a name, by PostgreSQL's rules, because the query may refer to them.

The rules are those of `FigureColname` in PostgreSQL 15. An expression has a strong name (that of a column or function),
a weak name, which a strong one inside it replaces (the type of a cast, `case`), or none.
"""

from __future__ import annotations

from functools import singledispatch
from typing import NamedTuple

from sqlglot import exp

from warehouse.aact.dialect import get_called_name

# What PostgreSQL calls a column by the form of its expression, by the side of `trim`, and by the type of a cast.
_NAME_OF_FORM: dict[type, str] = {
    exp.Array: "array",
    exp.AtTimeZone: "timezone",
    exp.CurrentDate: "current_date",
    exp.CurrentTimestamp: "current_timestamp",
    exp.Exists: "exists",
    exp.Extract: "extract",
    exp.GroupConcat: "string_agg",
    exp.Overlaps: "overlaps",
    exp.Overlay: "overlay",
    exp.StrPosition: "position",
    exp.Substring: "substring",
    exp.Tuple: "row",
}
_NAME_OF_TRIM = {"LEADING": "ltrim", "TRAILING": "rtrim"}
_NAME_OF_TYPE = {
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
    """A column name, and whether it is a strong one."""

    text: str
    is_strong: bool = True


def name_columns(query: exp.Query) -> None:
    """Give each unnamed column of each select the name that PostgreSQL gives it."""
    for select in query.find_all(exp.Select):
        for column in select.expressions:
            # A star keeps the names of its table. The name is quoted, because `?column?` needs it.
            if not column.is_star and not isinstance(column, exp.Alias | exp.Column):
                column.replace(exp.alias_(column.copy(), _infer_name(column).text, quoted=True))


@singledispatch
def _infer_name(node: object) -> _Name:
    """Return the name that PostgreSQL gives to a column with this expression."""
    text = get_called_name(node) or _NAME_OF_FORM.get(type(node), "")
    return _Name(text) if text else _Name("?column?", is_strong=False)


@_infer_name.register
def _(node: exp.Alias | exp.Column | exp.Dot) -> _Name:
    return _Name(node.output_name)


@_infer_name.register
def _(node: exp.Paren | exp.Bracket | exp.Window | exp.Filter | exp.WithinGroup | exp.Collate) -> _Name:
    return _infer_name(node.this)


@_infer_name.register
def _(node: exp.Subquery) -> _Name:
    return _infer_name(node.selects[0])


@_infer_name.register
def _(node: exp.Cast) -> _Name:
    inner = _infer_name(node.this)
    if inner.is_strong:
        return inner
    element_type = node.to.expressions[0] if node.to.is_type(exp.DType.ARRAY) else node.to
    type_name = str(element_type.this.name)
    return _Name(_NAME_OF_TYPE.get(type_name, type_name.lower()), is_strong=False)


@_infer_name.register
def _(node: exp.Case) -> _Name:
    default = _infer_name(node.args.get("default"))
    return default if default.is_strong else _Name("case", is_strong=False)


@_infer_name.register
def _(node: exp.Trim) -> _Name:
    return _Name(_NAME_OF_TRIM.get(node.text("position").upper(), "btrim"))


@_infer_name.register
def _(_node: exp.Interval) -> _Name:
    return _Name("interval", is_strong=False)
