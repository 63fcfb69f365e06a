"""Keep a view of the trials of each condition set, in the schema `sets`."""

from __future__ import annotations

from typing import TYPE_CHECKING

from transform.catalog.files import load_catalog
from transform.paths import quote_name, quote_text
from warehouse.known_sets import format_set, read_followed_sets

if TYPE_CHECKING:
    from duckdb import DuckDBPyConnection

    from warehouse.known_sets import FollowedSet


def create_set_views(connection: DuckDBPyConnection) -> None:
    """Create a view for each condition set that the warehouse follows, with its trials; drop the earlier views."""
    connection.execute("drop schema if exists sets cascade; create schema sets;")
    for each in read_followed_sets(connection):
        connection.execute(make_set_view(each))


def make_set_view(each: FollowedSet) -> str:
    """Return the statements that create the view of a condition set, for DuckDB and for PostgreSQL."""
    view = f"sets.{quote_name(each.name)}"
    about = f"The trials of the condition set {format_set(each.name, each.title)}. Grain: one row per trial in the set."
    is_member = f"array_position(condition_sets, {quote_text(each.name)}) is not null"
    statements = [
        f"create view {view} as select * from main.trials where {is_member}",
        f"comment on view {view} is {quote_text(about)}",
    ]
    statements += [
        f"comment on column {view}.{quote_name(column.name)} is {quote_text(column.comment)}"
        for column in load_catalog().get_table("main.trials").columns
    ]
    return ";\n".join(statements)
