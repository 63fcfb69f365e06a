"""What a load takes in: replies that have landed, and who belongs to the condition set."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Collection
    from pathlib import Path


@dataclass(frozen=True, slots=True)
class RecordFile:
    """A reply on disk, as the lines that `transform.records` makes of it, and the trials that it has a record of.

    `size` is that of the lines in bytes, `longest` that of the longest of them.
    """

    file: Path
    found: frozenset[str]
    size: int
    longest: int


@dataclass(frozen=True, slots=True)
class Departure:
    """A trial that is not in the condition set any more.

    `outcome` is left, withheld, merged, gone or excluded; `reason` says it in words.
    """

    nct_id: str
    outcome: str
    reason: str


@dataclass(frozen=True, slots=True)
class Membership:
    """Who belongs to the condition set, and by what a trial can belong.

    `members` are all that belong now; it is None where the set was not listed, and then nobody joins.
    """

    members: Collection[str] | None
    departures: Collection[Departure]
    included: Collection[str]
    mesh_ids: Collection[str]
    phrases: Collection[str]
