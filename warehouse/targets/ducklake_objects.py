"""The statements that make a DuckLake's views, macros and comments those of the published file."""

from __future__ import annotations

from itertools import groupby
from typing import TYPE_CHECKING

from transform.paths import quote_name, quote_text

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence

    from duckdb import DuckDBPyConnection

Comment = tuple[str, str, str, str | None, str]
"""A comment: table, column or view; the schema; the name; the column's name or None; the text."""

Listed = tuple[str, str, str, "list[str] | None", str, bool]
"""A view or a form of a macro, as `list_views.sql` gives it."""


def list_dropping(objects: Iterable[Listed]) -> Iterator[str]:
    """Return the statements that drop views and macros."""
    for (kind, schema, name), rows in groupby(objects, key=lambda row: row[:3]):
        is_table_macro = kind == "macro" and next(rows)[-1]
        what = "macro table" if is_table_macro else kind
        yield f"drop {what} {quote_name(schema)}.{quote_name(name)}"


def list_creating(objects: Iterable[Listed]) -> Iterator[str]:
    """Return the statements that create views and macros, one for all forms of a macro."""
    for (kind, schema, name), rows in groupby(objects, key=lambda row: row[:3]):
        if kind == "view":
            yield next(rows)[4]
            continue
        forms = ", ".join(
            _write_form(parameters or [], text, is_table=is_table) for *_, parameters, text, is_table in rows
        )
        yield f"create macro {quote_name(schema)}.{quote_name(name)}{forms}"


def list_commenting(wanted: Iterable[Comment], there: Iterable[Comment]) -> Iterator[str]:
    """Return the statements that comment what the lake comments otherwise, or not at all.

    The columns of views are left out, because a lake refuses comments on them.
    """
    kept = set(there)
    for comment in wanted:
        if comment not in kept:
            kind, schema, name, column, text = comment
            parts = [schema, name, *([column] if column else [])]
            yield f"comment on {kind} {'.'.join(map(quote_name, parts))} is {quote_text(text)}"


def create_in_any_order(connection: DuckDBPyConnection, statements: Sequence[str]) -> None:
    """Create views and macros that may use each other.

    A lake looks up what a view or macro uses when it is made. Those that miss something are tried again after the
    others.

    Raises:
        duckdb.Error: some of them cannot be made at all.
    """
    import duckdb  # noqa: PLC0415 - only its errors

    waiting = list(statements)
    while waiting:
        failed = []
        for statement in waiting:
            try:
                connection.execute(statement)
            except (duckdb.CatalogException, duckdb.BinderException) as error:
                failed.append(statement)
                last_error = error
        if len(failed) == len(waiting):
            raise last_error
        waiting = failed


def _write_form(parameters: Sequence[str], text: str, *, is_table: bool) -> str:
    return f"({', '.join(map(quote_name, parameters))}) as {'table ' if is_table else ''}{text}"
