"""A model of what a warehouse's news must be, from what the registry served and which runs loaded it."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING

from tests.support.made_studies import make_nct_id, make_study
from tests.support.warehouses import make_member_study, with_value

if TYPE_CHECKING:
    from tests.support.warehouses import Study

FILLERS = tuple(range(101, 113))
"""Numbers of trials that never change, so that one that leaves does not make the listing look much too short."""

_STATUS = "protocolSection.statusModule"
_GROUPS = {"RECRUITING": "open", "TERMINATED": "stopped", "ACTIVE_NOT_RECRUITING": "active"}


@dataclass(frozen=True, slots=True)
class TrialState:
    """What a trial's record says at the registry."""

    status: str = "ACTIVE_NOT_RECRUITING"
    has_results: bool = False
    sites: int = 0
    is_listed: bool = True
    edits: int = 0

    def make_study(self, number: int) -> Study:
        """Make the record; every edit renews its update date, as at the registry."""
        updated = f"2025-{1 + self.edits // 28:02}-{1 + self.edits % 28:02}"
        study = (make_member_study if self.is_listed else make_study)(number, updated=updated)
        study = with_value(study, f"{_STATUS}.overallStatus", self.status)
        sites = [{"facility": f"Clinic {site}", "city": f"Town {site}"} for site in range(self.sites)]
        study = with_value(study, "protocolSection.contactsLocationsModule.locations", sites)
        return with_value(study, "hasResults", self.has_results)


EDITS = {
    "opens": lambda state: replace(state, status="RECRUITING"),
    "stops": lambda state: replace(state, status="TERMINATED"),
    "closes": lambda state: replace(state, status="ACTIVE_NOT_RECRUITING"),
    "results": lambda state: replace(state, has_results=True),
    "withdraws results": lambda state: replace(state, has_results=False),
    "two sites": lambda state: replace(state, sites=state.sites + 2),
    "leaves": lambda state: replace(state, is_listed=False),
    "returns": lambda state: replace(state, is_listed=True),
}


@dataclass
class NewsModel:
    """The registry's trials, what the warehouse knows of them, and the events that it must tell.

    Attributes:
        served: the trials at the registry, by number.
        known: the trials as the warehouse loaded them last.
        members: the numbers of the trials in the set.
        events: how often each event of each trial happened: (NCT number, event, number of sites or None).
    """

    served: dict[int, TrialState] = field(default_factory=lambda: {number: TrialState() for number in FILLERS})
    known: dict[int, TrialState] = field(default_factory=dict)
    members: set[int] = field(default_factory=set)
    events: Counter[tuple[str | None, str, int | None]] = field(default_factory=Counter)

    def edit(self, number: int, edit: str) -> None:
        """Edit a trial at the registry; one that the registry does not have is registered."""
        state = EDITS[edit](self.served.get(number, TrialState()))
        self.served[number] = replace(state, edits=state.edits + 1)

    def make_studies(self) -> list[Study]:
        """Make the records that the registry serves."""
        return [state.make_study(number) for number, state in self.served.items()]

    def load_sync(self) -> None:
        """Note what a sync that loads finds."""
        listed = {number for number, state in self.served.items() if state.is_listed}
        is_first = not self.members and not self.events
        # A trial that is no longer listed is asked for, and its last record counts as long as it was in the set.
        for number in sorted(listed | self.members):
            self._load(number, is_member=True)
        if is_first:
            self.events[None, "began", len(listed)] += 1
        else:
            for number in listed - self.members:
                self.events[make_nct_id(number), "joined", None] += 1
        self.members = listed

    def load_backfill(self, number: int) -> None:
        """Note what a backfill of one trial finds; it says nothing about the set."""
        self._load(number, is_member=number in self.members)

    def _load(self, number: int, *, is_member: bool) -> None:
        old, new = self.known.get(number), self.served[number]
        self.known[number] = new
        if old is None or not is_member:
            return
        nct_id = make_nct_id(number)
        group = _GROUPS[new.status]
        if group != _GROUPS[old.status] and group in ("open", "stopped"):
            self.events[nct_id, {"open": "opened", "stopped": "stopped"}[group], None] += 1
        if new.has_results and not old.has_results:
            self.events[nct_id, "results", None] += 1
        if new.sites > old.sites:
            self.events[nct_id, "sites", new.sites - old.sites] += 1
