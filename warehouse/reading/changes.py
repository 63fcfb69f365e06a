"""What changed, asked of the published warehouse."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from warehouse.errors import NotHeld
from warehouse.sql.files import read_sql

if TYPE_CHECKING:
    from collections.abc import Collection
    from datetime import date

    from duckdb import DuckDBPyConnection

_DAYS = 30
"""How far back is looked where nobody says."""


@dataclass(frozen=True, slots=True)
class AskedTrial:
    """A trial that was asked for: the number it was asked by, and the one it has now (another where it was merged)."""

    asked: str
    current: str

    @property
    def numbers(self) -> tuple[str, ...]:
        """All numbers under which something of it can be found."""
        return tuple(dict.fromkeys((self.asked, self.current)))


def find_asked_trials(connection: DuckDBPyConnection, ids: Collection[str]) -> list[AskedTrial]:
    """The trials of these numbers, obsolete ones too.

    Raises:
        NotHeld: the warehouse has nothing of one of them.
    """
    rows = connection.execute(read_sql("statements", "same_trial"), [list(ids)]).fetchall()
    unknown = [asked for asked, _, is_known in rows if not is_known]
    if unknown:
        verb = "is" if len(unknown) == 1 else "are"
        raise NotHeld(
            f"{', '.join(unknown)} {verb} not in the warehouse",
            next_step=f"fetch with `aclf backfill {' '.join(unknown)}`",
        )
    return [AskedTrial(asked, current) for asked, current, _ in rows]


def read_changes(connection: DuckDBPyConnection, ids: Collection[str], first: date | None) -> list[dict[str, Any]]:
    """What happened to the trials, or to all where none is given: rows of `main.changes`, the newest first.

    Args:
        connection: a reader's.
        ids: NCT numbers.
        first: the first day; where it is None, some days before the newest run, or the beginning for given trials.
    """
    long_ago = _DAYS if not ids else None
    result = connection.execute(read_sql("statements", "changes"), [list(ids) or None, first, long_ago])
    names = [column[0] for column in result.description]
    return [dict(zip(names, row, strict=True)) for row in result.fetchall()]
