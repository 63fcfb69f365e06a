"""The views, functions and indexes of the warehouse as PostgreSQL has them."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import TYPE_CHECKING, Literal

from transform.catalog.files import load_catalog
from transform.paths import quote_name
from warehouse.set_views import make_set_view
from warehouse.sql.files import read_sql
from warehouse.sql.objects import read_object_files

if TYPE_CHECKING:
    from collections.abc import Iterable

    from warehouse.known_sets import FollowedSet

Kind = Literal["view", "function", "index"]

_REMARK = re.compile(r"^--.*\n", re.MULTILINE)
_CREATE = re.compile(r"^(?=create )", re.MULTILINE)
_NAMES: dict[Kind, re.Pattern[str]] = {
    "view": re.compile(r"create view (?P<schema>\w+)\.(?P<name>\w+) "),
    "index": re.compile(r"create index (?P<name>\w+) on (?P<schema>\w+)\."),
    # The types of a function's arguments are part of its name, and its comment states them.
    "function": re.compile(
        r"create function .*^comment on function (?P<schema>\w+)\.(?P<name>\w+\([\w\[\], ]*\)) is ",
        re.MULTILINE | re.DOTALL,
    ),
}
"""What finds the name of an object in the statements that create it."""


@dataclass(frozen=True, slots=True)
class DatabaseObject:
    """A view, function or index of a PostgreSQL database.

    Attributes:
        kind: the word after `create` and `drop`.
        schema: the schema that it is in.
        name: its name within the schema, quoted where it has to be; that of a function has the types of its arguments.
        statements: the statements that create it, with its comments.
    """

    kind: Kind
    schema: str
    name: str
    statements: str

    @property
    def qualified_name(self) -> str:
        """The name with its schema, for SQL."""
        return f"{self.schema}.{self.name}"


def list_database_objects(followed_sets: Iterable[FollowedSet]) -> list[DatabaseObject]:
    """Return what PostgreSQL needs besides the tables of a published file, which must exist there.

    An object may use those before it. So they are created in this order, and dropped in the reverse.

    Args:
        followed_sets: the condition sets that the published file follows; each has a view in the schema `sets`.
    """
    files = [read_sql("postgresql", "indexes"), *read_object_files("postgresql")]
    objects = [_make_object(statements) for text in files for statements in _split_objects(_fill_columns(text))]
    objects += [DatabaseObject("view", "sets", quote_name(each.name), make_set_view(each)) for each in followed_sets]
    return objects


def _fill_columns(text: str) -> str:
    """Put the columns of `main.trials` in the places of `{columns}` and, with types, of `{typed_columns}`."""
    names = [quote_name(column.name) for column in load_catalog().get_table("main.trials").columns]
    typed_columns = ", ".join(f"{name} main.trials.{name}%type" for name in names)
    return text.replace("{columns}", ", ".join(names)).replace("{typed_columns}", typed_columns)


def _split_objects(text: str) -> list[str]:
    """Return the statements of each object of a file, without the remarks between them."""
    _, *objects = _CREATE.split(_REMARK.sub("", text))
    return [statements.strip() for statements in objects]


def _make_object(statements: str) -> DatabaseObject:
    for kind, pattern in _NAMES.items():
        if found := pattern.match(statements):
            return DatabaseObject(kind, found["schema"], found["name"], statements)
    raise ValueError(f"these statements create no view, function or index with a comment: {statements[:100]}")
