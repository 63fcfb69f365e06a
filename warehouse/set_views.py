"""Keep a view of the trials of each condition set, in the schema `sets`."""

from __future__ import annotations

from typing import TYPE_CHECKING

from transform.paths import quote_name, quote_text
from warehouse.known_sets import format_set, read_followed_sets
from warehouse.sql.files import read_sql

if TYPE_CHECKING:
    from duckdb import DuckDBPyConnection


def create_set_views(connection: DuckDBPyConnection) -> None:
    """Create a view for each condition set that the warehouse follows, with its trials; drop the earlier views."""
    connection.execute("drop schema if exists sets cascade; create schema sets;")
    comments = connection.execute(read_sql("statements", "trials_comments")).fetchall()
    for each in read_followed_sets(connection):
        view = f"sets.{quote_name(each.name)}"
        about = (
            f"The trials of the condition set {format_set(each.name, each.title)}. Grain: one row per trial in the set."
        )
        members = f"list_contains(condition_sets, {quote_text(each.name)})"
        statements = [f"create view {view} as from main.trials where {members}"]
        statements.append(f"comment on view {view} is {quote_text(about)}")
        statements += [f"comment on column {view}.{quote_name(name)} is {quote_text(text)}" for name, text in comments]
        connection.execute("; ".join(statements))
