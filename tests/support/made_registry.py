"""A registry in which trials are added, edited, merged, withheld and taken away, day by day."""

from __future__ import annotations

from copy import deepcopy
from dataclasses import dataclass, field
from datetime import date, timedelta
from typing import TYPE_CHECKING, Any

from tests.support.made_studies import made_study, nct_id
from tests.support.warehouses import put

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from tests.support.warehouses import Study

IDENTIFICATION = "protocolSection.identificationModule"
TITLE = f"{IDENTIFICATION}.briefTitle"
STATUS = "protocolSection.statusModule.overallStatus"
CONDITIONS = "protocolSection.conditionsModule"
LOCATIONS = "protocolSection.contactsLocationsModule.locations"

SERVED, ELSEWHERE, WITHHELD, MISFIT, MERGED, GONE = "served", "elsewhere", "withheld", "misfit", "merged", "gone"
"""What becomes of a trial: it is served as it is, as one of another illness, as a withheld one, as what is no study;
it is merged into another, or taken away."""

_ABSENT = frozenset({MERGED, GONE})
_ALIASES = f"{IDENTIFICATION}.nctIdAliases"
_UPDATED = "protocolSection.statusModule.lastUpdatePostDateStruct.date"
_ANOTHER_ILLNESS = {"conditions": ["Another illness"]}
_FIRST_UPDATE = date(2024, 1, 1)


@dataclass(slots=True)
class MadeTrial:
    """A trial: its record while it is served as it is, what became of it, and the trial that it was merged into.

    `hands_over` tells whether that one lists the numbers, too, that were merged into this trial before.
    """

    study: Study
    state: str = SERVED
    successor: str | None = None
    hands_over: bool = True


@dataclass(slots=True)
class MadeRegistry:
    """The registry as it is edited: its trials by NCT number, and how many edits there were."""

    trials: dict[str, MadeTrial] = field(default_factory=dict)
    edits: int = 0

    def add(self, parts: Mapping[str, Any]) -> None:
        """A new trial."""
        number = len(self.trials) + 1
        self.trials[nct_id(number)] = MadeTrial(made_study(number, **parts))
        self.update(nct_id(number))

    def update(self, number: str) -> None:
        """Another date of the last update, by which a listing shows that there is something new."""
        self.edits += 1
        self.set(number, _UPDATED, (_FIRST_UPDATE + timedelta(days=self.edits)).isoformat())

    def set(self, number: str, path: str, value: Any) -> None:
        """A value of a trial's record; its date says nothing of it."""
        trial = self.trials[number]
        trial.study = put(trial.study, path, value)

    def insert_site(self, number: str, place: int) -> None:
        """A new site, somewhere among the others."""
        self.update(number)
        sites = list(sites_of(self.trials[number].study))
        sites.insert(place % (len(sites) + 1), {"facility": f"Hospital {self.edits}", "city": "Seaport"})
        self.set(number, LOCATIONS, sites)

    def turn(self, number: str, state: str) -> None:
        """What becomes of a trial, other than that it is merged."""
        trial = self.trials[number]
        trial.state, trial.successor = state, None
        self.update(number)

    def merge(self, number: str, successor: str, *, hands_over: bool) -> None:
        """One trial is merged into another that is there, which lists its number from now on."""
        trial = self.trials[number]
        trial.state, trial.successor, trial.hands_over = MERGED, successor, hands_over
        self.update(successor)

    def present(self) -> list[str]:
        """The numbers that have a record."""
        return [number for number, trial in self.trials.items() if trial.state not in _ABSENT]

    def altered(self) -> list[str]:
        """The numbers that can come back."""
        return [number for number, trial in self.trials.items() if trial.state != SERVED]

    def records(self) -> dict[str, Study]:
        """What is served, by NCT number."""
        return {number: self._record(number) for number in self.present()}

    def _record(self, number: str) -> Study:
        trial = self.trials[number]
        record = _FORMS[trial.state](trial.study)
        aliases = sorted(self._aliases(number))
        return put(record, _ALIASES, aliases) if aliases else record

    def _aliases(self, number: str) -> Iterator[str]:
        for other, trial in self.trials.items():
            if trial.successor == number:
                yield other
                yield from self._aliases(other) if trial.hands_over else ()


def aliases_of(record: Study) -> list[str]:
    """The obsolete numbers that a record lists."""
    aliases: list[str] = record["protocolSection"]["identificationModule"].get("nctIdAliases", [])
    return aliases


def sites_of(record: Study) -> list[Any]:
    """The sites of a record."""
    sites: list[Any] = record["protocolSection"].get("contactsLocationsModule", {}).get("locations", [])
    return sites


def _elsewhere(study: Study) -> Study:
    return put(put(study, CONDITIONS, _ANOTHER_ILLNESS), TITLE, "A trial")


def _withheld(study: Study) -> Study:
    shown = deepcopy(study)
    sections = shown["protocolSection"]
    shown["protocolSection"] = {
        "identificationModule": {"nctId": sections["identificationModule"]["nctId"], "briefTitle": "[Withheld]"},
        "statusModule": sections["statusModule"] | {"overallStatus": "WITHHELD"},
    }
    return shown


def _misfit(study: Study) -> Study:
    return put(study, LOCATIONS, {})


_FORMS = {SERVED: deepcopy, ELSEWHERE: _elsewhere, WITHHELD: _withheld, MISFIT: _misfit}
