"""What the parts of a made study agree on: its kind, its days, its arms."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import date
from typing import TYPE_CHECKING

from tests.benchmarks.made.words import CODES, Words

if TYPE_CHECKING:
    from tests.benchmarks.made.dice import Dice, Made

NIGHT = date(2026, 9, 10).toordinal()
"""The night of the registry's data, as the ordinal of its day; nothing that has happened is later."""

_EARLIEST = date(1999, 1, 4).toordinal()
_ISO = [date.fromordinal(day).isoformat() for day in range(_EARLIEST, NIGHT + 6000)]

FIRST_STATUSES = (
    *("COMPLETED", "UNKNOWN", "AVAILABLE", "WITHHELD", "RECRUITING", "TERMINATED", "NOT_YET_RECRUITING"),
    *("ACTIVE_NOT_RECRUITING", "WITHDRAWN", "ENROLLING_BY_INVITATION", "SUSPENDED", "NO_LONGER_AVAILABLE"),
    *("APPROVED_FOR_MARKETING", "TEMPORARILY_NOT_AVAILABLE"),
)
"""The statuses of the first studies, so that few of them hold every one."""

WITH_EVERY_KEY = 4
"""So many studies at the beginning have all the keys that their kind can have."""

_ENDED = ("COMPLETED", "TERMINATED")
_AHEAD = "NOT_YET_RECRUITING"
_LONG_AGO = ("UNKNOWN", "WITHDRAWN", *_ENDED)
_RESULTS_OF_ENDED_TRIALS = 0.25
"""Gives 12 % of all studies."""


def format_date(day: int) -> str:
    """The day of an ordinal as the registry writes it, `2019-10-01`; its first seven characters are the month."""
    return _ISO[day - _EARLIEST]


def make_nct_id(number: int) -> str:
    """The NCT number of the study at a place in the file, from 0; no real one begins with a 1."""
    return f"NCT{10_000_000 + number * 29:08}"


@dataclass(slots=True)
class Outline:
    """A study in outline; days are ordinals.

    Attributes:
        number: the study's place in the file, from 0.
        nct_id: its NCT number.
        study_type: the registry's code; None for a withheld study.
        status: the registry's code.
        started: the first participant.
        measured: the primary completion.
        ended: the completion.
        submitted: when it was registered.
        has_results: whether results are posted.
        participants: how many there are or are to be.
        arms: labels, at least one.
        interventions: type and name of each, at least one.
        sponsor: name and class.
    """

    number: int
    nct_id: str
    study_type: str | None
    status: str
    started: int
    measured: int
    ended: int
    submitted: int
    has_results: bool
    participants: int
    sponsor: Made
    arms: list[str] = field(default_factory=list)
    interventions: list[tuple[str, str]] = field(default_factory=list)

    @property
    def is_trial(self) -> bool:
        """Whether it is interventional."""
        return self.study_type == "INTERVENTIONAL"

    @property
    def is_access(self) -> bool:
        """Whether it is expanded access, which has no outcomes and no design."""
        return self.study_type == "EXPANDED_ACCESS"


def make_outline(number: int, words: Words) -> Outline:
    """Draw a study in outline."""
    dice = words.dice
    study_type, status = _kind(number, dice)
    started = _started(status, dice)
    measured = started + dice.few(600, 0.6, 4000)
    ended = measured + (0 if dice.chance(0.4) else dice.few(120, 0.8, 1500))
    if status in _ENDED and ended > NIGHT - 400:
        started, measured, ended = (day - (ended - NIGHT + 400) for day in (started, measured, ended))
    made = Outline(
        number=number,
        nct_id=make_nct_id(number),
        study_type=study_type,
        status=status,
        started=started,
        measured=measured,
        ended=ended,
        submitted=min(NIGHT - 30, started + dice.whole(-250, 250)),
        has_results=status in _ENDED and study_type == "INTERVENTIONAL" and dice.chance(_RESULTS_OF_ENDED_TRIALS),
        participants=0 if status == "WITHDRAWN" else dice.few(70, 1.3, 250_000),
        sponsor=dice.one(words.sponsors),
    )
    _treat(made, words)
    return made


def _kind(number: int, dice: Dice) -> tuple[str | None, str]:
    """The study's type and status; the first ones go through the statuses in turn."""
    if number < len(FIRST_STATUSES):
        status = FIRST_STATUSES[number]
        is_access = status in CODES["access_status"].values
        study_type = "OBSERVATIONAL" if status == "UNKNOWN" else "INTERVENTIONAL"
        return None if status == "WITHHELD" else "EXPANDED_ACCESS" if is_access else study_type, status
    study_type = dice.code(CODES["study_type"])
    status = dice.code(CODES["access_status" if study_type == "EXPANDED_ACCESS" else "status"])
    return None if status == "WITHHELD" else study_type, status


def _started(status: str, dice: Dice) -> int:
    if status == _AHEAD:
        return NIGHT + dice.whole(5, 300)
    return NIGHT - (dice.whole(1500, 8500) if status in _LONG_AGO else dice.whole(60, 1800))


def _treat(made: Outline, words: Words) -> None:
    """Give the study its interventions and arms."""
    dice = words.dice
    count = dice.few(1.7, 0.5, 12)
    made.interventions = list(
        dict.fromkeys((dice.code(CODES["intervention_type"]), words.slot("drug").capitalize()) for _ in range(count))
    )
    labels = (f"{words.slot('drug').capitalize()} {dice.whole(1, 90)} mg" for _ in range(dice.few(2, 0.4, 12)))
    made.arms = list(dict.fromkeys(labels))
