"""PostgreSQL's types for DuckDB's, and the SQL that writes DuckDB's values as PostgreSQL reads them from CSV."""

from __future__ import annotations

from transform.paths import quote_name

NULL = r"\N"
"""What stands for NULL. Every value is in quotes, so no text is taken for it."""

_TYPES = {
    "VARCHAR": "text",
    "BOOLEAN": "boolean",
    "TINYINT": "smallint",
    "SMALLINT": "smallint",
    "INTEGER": "integer",
    "BIGINT": "bigint",
    # PostgreSQL has no unsigned types.
    "UBIGINT": "numeric",
    "HUGEINT": "numeric",
    # AACT has numeric, and PostgreSQL rounds no double precision to a number of digits.
    "DOUBLE": "numeric",
    "DATE": "date",
    "TIMESTAMP": "timestamp without time zone",
    "TIMESTAMP WITH TIME ZONE": "timestamp with time zone",
    "JSON": "jsonb",
    "BLOB": "bytea",
}
_LIST = "[]"

_BACKSLASHES, _REPLACEMENT = "chr(57344)", "chr(65533)"
"""A character that no registry text has (of the private use area), and the one for what cannot be shown."""


def map_type(data_type: str) -> str:
    """Return PostgreSQL's type for a type of DuckDB, as `format_type` of PostgreSQL prints it.

    Raises:
        KeyError: no table of the warehouse has such a column.
    """
    if data_type.startswith("MAP("):
        return "jsonb"
    if data_type.endswith(_LIST):
        return map_type(data_type.removesuffix(_LIST)) + _LIST
    return _TYPES[data_type]


def write_value(name: str, data_type: str) -> str:
    """Return DuckDB's SQL for a column's values as PostgreSQL reads them.

    PostgreSQL holds no character NUL; U+FFFD takes its place.
    """
    column = quote_name(name)
    if data_type.startswith("MAP("):
        return f"to_json({column})::varchar"
    if data_type.endswith(_LIST):
        return _write_list(column, data_type.removesuffix(_LIST))
    write = _WRITERS.get(data_type)
    return write(column) if write else column


def _write_list(column: str, element_type: str) -> str:
    """Return SQL for a list as PostgreSQL writes arrays: `{"a","b"}`, and `{}` for a list without elements."""
    # Inside there is a backslash before each quote and backslash.
    text = rf"""'"' || replace(replace({_replace_nul("x")}, '\', '\\'), '"', '\"') || '"'"""
    element = text if element_type == "VARCHAR" else "x::varchar"
    return f"'{{' || array_to_string([coalesce({element}, 'NULL') for x in {column}], ',') || '}}'"


def _write_document(column: str) -> str:
    r"""Return SQL for a JSON text in which `\u0000` is U+FFFD, but not after a backslash that is itself written so."""
    document = f"{column}::varchar"
    hidden = rf"replace({document}, '\\', {_BACKSLASHES})"
    replaced = rf"replace(replace({hidden}, '\u0000', '\ufffd'), {_BACKSLASHES}, '\\')"
    return rf"case when contains({document}, '\u0000') then {replaced} else {document} end"


def _write_bytes(column: str) -> str:
    return rf"'\x' || hex({column})"


def _replace_nul(text: str) -> str:
    return f"replace({text}, chr(0), {_REPLACEMENT})"


_WRITERS = {"VARCHAR": _replace_nul, "JSON": _write_document, "BLOB": _write_bytes}
