"""The inputs of a load: parts, and who belongs to the condition set."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Protocol

if TYPE_CHECKING:
    from collections.abc import Collection, Mapping

    import pyarrow as pa

    from extract.condition_set import ConditionSet


class ReadablePart(Protocol):
    """What some records became: the records themselves, what was found in them, and rows of tables.

    Its tables are `records` (nct_id, content_hash, reason, path, raw, document), `problems` (the columns of
    `found_problems`), `drift` (the columns of `found_drift`), and rows of the catalog's tables under their names with
    the schema. `reason` is NULL for a usable record; a quarantined record has `raw` instead of `document`.
    """

    def read(self, name: str) -> pa.Table | None:
        """Return one of the tables; None if the part has no rows of it."""


@dataclass(frozen=True, slots=True)
class HeldPart:
    """A part whose tables are in memory.

    Attributes:
        tables: The tables that the part has, by name.
    """

    tables: Mapping[str, pa.Table]

    def read(self, name: str) -> pa.Table | None:
        """Return one of the tables; None if the part has no rows of it."""
        return self.tables.get(name)


@dataclass(frozen=True, slots=True)
class Departure:
    """A trial that is no longer in a condition set.

    Attributes:
        nct_id: The trial's NCT number.
        outcome: left, withheld, merged, gone or excluded.
        reason: The outcome in words.
        condition_set: The name of the set; None for every set.
    """

    nct_id: str
    outcome: str
    reason: str
    condition_set: str | None = None


@dataclass(frozen=True, slots=True)
class Membership:
    """Who belongs to the condition sets, and by what a trial can belong.

    Attributes:
        condition_sets: The sets. Of other sets nothing was found.
        members: By the name of each set that was listed, all trials that belong to it now. To another set no trial
            joins.
        departures: The trials that no longer belong.
    """

    condition_sets: Collection[ConditionSet]
    members: Mapping[str, Collection[str]]
    departures: Collection[Departure]
