"""Rewrite JSON: `||` of two documents, and builders and aggregates of any number of pairs, ordered or filtered."""

from __future__ import annotations

from enum import Enum, auto
from functools import singledispatchmethod
from typing import TYPE_CHECKING

from sqlglot import exp

from warehouse.aact.dialect import get_called_name, make_call
from warehouse.errors import UnsupportedQuery

if TYPE_CHECKING:
    from collections.abc import Iterable

    from warehouse.aact.columns import ColumnFinder


class _Form(Enum):
    """What an operand of `||` is in PostgreSQL: a text without a type becomes what the other operand is."""

    JSON = auto()
    JSONB = auto()
    UNTYPED = auto()
    OTHER = auto()
    UNKNOWN = auto()


_BUILDERS = {
    **dict.fromkeys(("json_build_object", "jsonb_build_object"), "json_object"),
    **dict.fromkeys(("json_build_array", "jsonb_build_array"), "json_array"),
}
"""PostgreSQL's builders, each with DuckDB's function, which takes any number of arguments; a macro cannot."""

_AGGREGATES = {"json_agg", "jsonb_agg", "json_object_agg", "jsonb_object_agg"}
_FORM_OF_ARGUMENTS = {
    "coalesce",
    "nullif",
    "greatest",
    "least",
    "min",
    "max",
    "lag",
    "lead",
    "first_value",
    "last_value",
}
_NOT_DOCUMENTS = {
    *("array_length", "typeof", "object_keys", "pretty", "array_elements_text", "each_text", "path_exists"),
    *("path_match", "extract_path_text", "exists"),
}
"""The functions that begin with `json_` or `jsonb_` and return no document."""


class DocumentRewrite:
    """The rewrite of the concatenations in one query.

    Args:
        finder: What the columns of the query are.
    """

    def __init__(self, finder: ColumnFinder) -> None:
        self._finder = finder

    def rewrite(self, query: exp.Query) -> None:
        """Rewrite `a || b` of two documents to the macro that merges objects and joins arrays.

        Raises:
            UnsupportedQuery: PostgreSQL has no such operator for the types.
        """
        # Find the form of every operand before the first change. Then change the innermost concatenation first.
        found = [
            (node, {self._find_form(node.left), self._find_form(node.right)}) for node in query.find_all(exp.DPipe)
        ]
        for node, forms in reversed(found):
            if name := _choose_macro(forms):
                node.replace(make_call(name, node.left, node.right))

    @singledispatchmethod
    def _find_form(self, _node: object) -> _Form:
        return _Form.OTHER

    @_find_form.register
    def _(self, node: exp.Literal | exp.Null) -> _Form:
        return _Form.UNTYPED if isinstance(node, exp.Null) or node.is_string else _Form.OTHER

    @_find_form.register
    def _(self, node: exp.Cast) -> _Form:
        if node.to.is_type(exp.DType.JSONB):
            return _Form.JSONB
        return _Form.JSON if node.to.is_type(exp.DType.JSON) else _Form.OTHER

    @_find_form.register
    def _(self, node: exp.Paren | exp.Alias | exp.Window | exp.Filter | exp.JSONExtract | exp.JSONBExtract) -> _Form:
        return self._find_form(node.this)

    @_find_form.register
    def _(self, node: exp.Subquery) -> _Form:
        return self._find_form(node.selects[0])

    @_find_form.register
    def _(self, node: exp.DPipe | exp.Sub) -> _Form:
        return self._find_first([node.left, node.right])

    @_find_form.register
    def _(self, node: exp.Case) -> _Form:
        return self._find_first([*(branch.args["true"] for branch in node.args["ifs"]), node.args.get("default")])

    @_find_form.register
    def _(self, node: exp.Column) -> _Form:
        definition = self._finder.find_definition(node)
        if definition is None:
            return _Form.UNKNOWN
        if isinstance(definition, tuple):
            return _Form.JSONB if definition[1] == "JSON" else _Form.OTHER
        return self._find_form(definition)

    @_find_form.register
    def _(self, node: exp.Anonymous) -> _Form:
        name = get_called_name(node)
        if name in _FORM_OF_ARGUMENTS:
            return self._find_first(node.expressions)
        prefix, _, rest = name.partition("_")
        if name == "to_jsonb" or (prefix == "jsonb" and rest not in _NOT_DOCUMENTS):
            return _Form.JSONB
        if name in {"to_json", "row_to_json"} or (prefix == "json" and rest not in _NOT_DOCUMENTS):
            return _Form.JSON
        return _Form.OTHER

    def _find_first(self, nodes: Iterable[exp.Expr | None]) -> _Form:
        """Return the first form that is a document or unknown, or the form of a text."""
        forms = [self._find_form(node) for node in nodes if node is not None]
        telling = [form for form in forms if form in {_Form.JSON, _Form.JSONB, _Form.UNKNOWN}]
        return telling[0] if telling else _Form.OTHER


def _choose_macro(forms: set[_Form]) -> str:
    """Return the macro for a concatenation of these forms, or an empty text if DuckDB's operator is right."""
    if forms in ({_Form.JSONB}, {_Form.JSONB, _Form.UNTYPED}):
        return "aact_jsonb_joined"
    if _Form.JSON in forms and forms <= {_Form.JSON, _Form.JSONB}:
        raise UnsupportedQuery(
            "PostgreSQL joins two documents with `||` only if both are jsonb", next_step="cast both to jsonb"
        )
    # The macro refuses a document when the query runs.
    return "aact_joined_texts" if _Form.UNKNOWN in forms else ""


def rewrite_json_builder(node: exp.Anonymous) -> exp.Expr:
    """Rewrite `json_build_object(…)` and `json_build_array(…)` to DuckDB's function for any number of arguments."""
    name = get_called_name(node)
    if name not in _BUILDERS:
        return node
    arguments = node.expressions
    if _BUILDERS[name] == "json_object":
        arguments = [value if index % 2 else exp.cast(value, exp.DType.TEXT) for index, value in enumerate(arguments)]
    return make_call(_BUILDERS[name], *arguments)


def rewrite_json_aggregate(node: exp.Expr) -> exp.Expr:
    """Rewrite `json_agg(x order by y) filter (…)` to JSON of an `array_agg`, and `json_object_agg` in the same way.

    A macro takes no order, filter or window, and `array_agg` takes all three.
    """
    aggregate = node
    while isinstance(aggregate, exp.Filter | exp.Window):
        aggregate = aggregate.this
    name = get_called_name(aggregate)
    # The outermost filter or window becomes the argument of the wrapper, so leave the nodes inside it alone.
    if name not in _AGGREGATES or _is_in_filter_or_window(node):
        return node
    aggregate.set("this", "array_agg")
    if not name.endswith("object_agg"):
        return make_call("aact_json_array", node.copy())
    _pair_key_and_value(aggregate)
    return make_call(name.replace("json", "aact_json").removesuffix("_agg"), node.copy())


def _pair_key_and_value(aggregate: exp.Expr) -> None:
    """Change the two arguments of an aggregate to one pair, and keep the order that follows them."""
    key, value = aggregate.expressions
    if not isinstance(value, exp.Order):
        aggregate.set("expressions", [make_call("aact_json_pair", key, value)])
        return
    value.set("this", make_call("aact_json_pair", key, value.this))
    aggregate.set("expressions", [value])


def _is_in_filter_or_window(node: exp.Expr) -> bool:
    return isinstance(node.parent, exp.Filter | exp.Window) and node.arg_key == "this"
