"""Edit a made registry day by day: trials are added, edited, merged, withheld and removed."""

from __future__ import annotations

from copy import deepcopy
from dataclasses import dataclass, field
from datetime import date, timedelta
from typing import TYPE_CHECKING, Any

from tests.support.made_studies import make_nct_id, make_study
from tests.support.warehouses import with_value

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from tests.support.warehouses import Study

IDENTIFICATION = "protocolSection.identificationModule"
TITLE = f"{IDENTIFICATION}.briefTitle"
STATUS = "protocolSection.statusModule.overallStatus"
CONDITIONS = "protocolSection.conditionsModule"
LOCATIONS = "protocolSection.contactsLocationsModule.locations"

SERVED, ELSEWHERE, WITHHELD, WRONG_SHAPE, MERGED, GONE = (
    "served",
    "elsewhere",
    "withheld",
    "wrong shape",
    "merged",
    "gone",
)
"""The states of a trial.

SERVED: served as it is. ELSEWHERE: served with another illness, so that the search does not find it. WITHHELD: served
without its content. WRONG_SHAPE: served as a record that does not have a study's shape. MERGED: merged into another
trial. GONE: removed.
"""

_ABSENT = frozenset({MERGED, GONE})
_ALIASES = f"{IDENTIFICATION}.nctIdAliases"
_UPDATED = "protocolSection.statusModule.lastUpdatePostDateStruct.date"
_ANOTHER_ILLNESS = {"conditions": ["Another illness"]}
_FIRST_UPDATE = date(2024, 1, 1)


@dataclass(slots=True)
class MadeTrial:
    """A trial of the made registry.

    Attributes:
        study: its record in the state SERVED.
        state: one of the states above.
        successor: the NCT number of the trial that it was merged into.
        hands_over: whether the successor also lists the numbers that were merged into this trial before.
    """

    study: Study
    state: str = SERVED
    successor: str | None = None
    hands_over: bool = True


@dataclass(slots=True)
class MadeRegistry:
    """A registry that tests edit: its trials by NCT number, and the number of edits so far."""

    trials: dict[str, MadeTrial] = field(default_factory=dict)
    edits: int = 0

    def add(self, parts: Mapping[str, Any]) -> None:
        """Add a trial."""
        number = len(self.trials) + 1
        self.trials[make_nct_id(number)] = MadeTrial(make_study(number, **parts))
        self.update(make_nct_id(number))

    def update(self, number: str) -> None:
        """Give a trial a new date of its last update, so that a listing shows that it changed."""
        self.edits += 1
        self.set(number, _UPDATED, (_FIRST_UPDATE + timedelta(days=self.edits)).isoformat())

    def set(self, number: str, path: str, value: Any) -> None:
        """Set a value of a trial's record without a new date of its last update."""
        trial = self.trials[number]
        trial.study = with_value(trial.study, path, value)

    def insert_site(self, number: str, index: int) -> None:
        """Insert a new site at an index; an index past the end wraps round."""
        self.update(number)
        sites = list(list_sites(self.trials[number].study))
        sites.insert(index % (len(sites) + 1), {"facility": f"Hospital {self.edits}", "city": "Seaport"})
        self.set(number, LOCATIONS, sites)

    def turn(self, number: str, state: str) -> None:
        """Set the state of a trial to any state except MERGED."""
        trial = self.trials[number]
        trial.state, trial.successor = state, None
        self.update(number)

    def merge(self, number: str, successor: str, *, hands_over: bool) -> None:
        """Merge a trial into another that is served, which lists its number from now on."""
        trial = self.trials[number]
        trial.state, trial.successor, trial.hands_over = MERGED, successor, hands_over
        self.update(successor)

    def present(self) -> list[str]:
        """Return the NCT numbers that have a record."""
        return [number for number, trial in self.trials.items() if trial.state not in _ABSENT]

    def altered(self) -> list[str]:
        """Return the NCT numbers of the trials that are not served as they are, and so can come back."""
        return [number for number, trial in self.trials.items() if trial.state != SERVED]

    def records(self) -> dict[str, Study]:
        """Return the records that the registry serves, by NCT number."""
        return {number: self._make_record(number) for number in self.present()}

    def _make_record(self, number: str) -> Study:
        trial = self.trials[number]
        record = _FORMS[trial.state](trial.study)
        aliases = sorted(self._find_aliases(number))
        return with_value(record, _ALIASES, aliases) if aliases else record

    def _find_aliases(self, number: str) -> Iterator[str]:
        """Yield the numbers that were merged into a trial, at any depth where they are handed over."""
        for other, trial in self.trials.items():
            if trial.successor == number:
                yield other
                if trial.hands_over:
                    yield from self._find_aliases(other)


def list_aliases(record: Study) -> list[str]:
    """Return the obsolete NCT numbers that a record lists."""
    aliases: list[str] = record["protocolSection"]["identificationModule"].get("nctIdAliases", [])
    return aliases


def list_sites(record: Study) -> list[Any]:
    """Return the sites of a record."""
    sites: list[Any] = record["protocolSection"].get("contactsLocationsModule", {}).get("locations", [])
    return sites


# The record that the registry serves of a trial in each state.


def _make_elsewhere(study: Study) -> Study:
    return with_value(with_value(study, CONDITIONS, _ANOTHER_ILLNESS), TITLE, "A trial")


def _make_withheld(study: Study) -> Study:
    shown = deepcopy(study)
    sections = shown["protocolSection"]
    shown["protocolSection"] = {
        "identificationModule": {"nctId": sections["identificationModule"]["nctId"], "briefTitle": "[Withheld]"},
        "statusModule": sections["statusModule"] | {"overallStatus": "WITHHELD"},
    }
    return shown


def _make_wrong_shape(study: Study) -> Study:
    return with_value(study, LOCATIONS, {})


_FORMS = {SERVED: deepcopy, ELSEWHERE: _make_elsewhere, WITHHELD: _make_withheld, WRONG_SHAPE: _make_wrong_shape}
