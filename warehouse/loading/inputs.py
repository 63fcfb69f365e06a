"""The inputs of a load: the replies on disk, and who belongs to the condition set."""

from __future__ import annotations

from dataclasses import dataclass
from hashlib import file_digest
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Collection
    from pathlib import Path


@dataclass(frozen=True, slots=True)
class RecordFile:
    """A file of record lines on disk: one reply, as the lines that `transform.records` makes of it.

    Attributes:
        file: The file.
        found: The trials that the reply has a record of.
        size: Bytes of all lines.
        longest: Bytes of the longest line.
        digest: SHA-256 (hex) of all lines, as they were written.
    """

    file: Path
    found: frozenset[str]
    size: int
    longest: int
    digest: str

    def is_intact(self) -> bool:
        """Return whether the file still has the lines that were written."""
        with self.file.open("rb") as lines:
            return file_digest(lines, "sha256").hexdigest() == self.digest


@dataclass(frozen=True, slots=True)
class Departure:
    """A trial that is no longer in the condition set.

    Attributes:
        nct_id: The trial's NCT number.
        outcome: left, withheld, merged, gone or excluded.
        reason: The outcome in words.
    """

    nct_id: str
    outcome: str
    reason: str


@dataclass(frozen=True, slots=True)
class Membership:
    """Who belongs to the condition set, and by what a trial can belong.

    Attributes:
        members: All trials that belong now, or None if the set was not listed. Then no trial joins.
        departures: The trials that no longer belong.
        included: The trials that the condition set lists by hand.
        mesh_ids: The MeSH ids that the condition set looks for.
        phrases: The phrases that the condition set looks for.
    """

    members: Collection[str] | None
    departures: Collection[Departure]
    included: Collection[str]
    mesh_ids: Collection[str]
    phrases: Collection[str]
