"""Draw the outline of a made study, which all its parts use: its type, its days, its arms."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import date
from typing import TYPE_CHECKING

from tests.benchmarks.made.words import CODES, Words

if TYPE_CHECKING:
    from tests.benchmarks.made.dice import Dice, Made

NIGHT = date(2026, 9, 10).toordinal()
"""The day of the registry's data, as an ordinal; nothing that has happened is later."""

_EARLIEST = date(1999, 1, 4).toordinal()
_ISO = [date.fromordinal(day).isoformat() for day in range(_EARLIEST, NIGHT + 6000)]

FIRST_STATUSES = (
    *("COMPLETED", "UNKNOWN", "AVAILABLE", "WITHHELD", "RECRUITING", "TERMINATED", "NOT_YET_RECRUITING"),
    *("ACTIVE_NOT_RECRUITING", "WITHDRAWN", "ENROLLING_BY_INVITATION", "SUSPENDED", "NO_LONGER_AVAILABLE"),
    *("APPROVED_FOR_MARKETING", "TEMPORARILY_NOT_AVAILABLE"),
)
"""The statuses of the first studies, so that a small number of studies has every status."""

WITH_EVERY_KEY = 4
"""The number of studies at the beginning that have every key that their type can have."""

_ENDED = ("COMPLETED", "TERMINATED")
_AHEAD = "NOT_YET_RECRUITING"
_LONG_AGO = ("UNKNOWN", "WITHDRAWN", *_ENDED)
_RESULTS_OF_ENDED_TRIALS = 0.25
"""The share of ended trials that have results; they are 12 % of all studies."""


def format_date(day: int) -> str:
    """Return the day of an ordinal in the registry's form, `2019-10-01`; the first seven characters are the month."""
    return _ISO[day - _EARLIEST]


def make_nct_id(number: int) -> str:
    """Return the NCT number of a study by its number in the file, from 0; real NCT numbers begin with 0."""
    return f"NCT{10_000_000 + number * 29:08}"


@dataclass(slots=True)
class Outline:
    """The outline of a study; its days are ordinals.

    Attributes:
        number: the study's number in the file, from 0.
        nct_id: its NCT number.
        study_type: the registry's code; None for a withheld study.
        status: the registry's code of its overall status.
        started: the day of its start.
        measured: the day of its primary completion.
        ended: the day of its completion.
        submitted: the day when it was registered.
        has_results: whether results are posted.
        participants: the actual or planned number of participants.
        arms: the labels of its arms, at least one.
        interventions: type and name of each intervention, at least one.
        sponsor: name and class of its lead sponsor.
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
    study_type, status = _draw_kind(number, dice)
    started = _draw_start(status, dice)
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
    _add_treatment(made, words)
    return made


def _draw_kind(number: int, dice: Dice) -> tuple[str | None, str]:
    """Draw the study's type and status; the first studies have each status in turn."""
    if number < len(FIRST_STATUSES):
        status = FIRST_STATUSES[number]
        if status == "WITHHELD":
            return None, status
        if status in CODES["access_status"].values:
            return "EXPANDED_ACCESS", status
        return "OBSERVATIONAL" if status == "UNKNOWN" else "INTERVENTIONAL", status
    study_type = dice.code(CODES["study_type"])
    status = dice.code(CODES["access_status" if study_type == "EXPANDED_ACCESS" else "status"])
    return None if status == "WITHHELD" else study_type, status


def _draw_start(status: str, dice: Dice) -> int:
    if status == _AHEAD:
        return NIGHT + dice.whole(5, 300)
    return NIGHT - (dice.whole(1500, 8500) if status in _LONG_AGO else dice.whole(60, 1800))


def _add_treatment(made: Outline, words: Words) -> None:
    """Draw the interventions and arms, and add them to the study."""
    dice = words.dice
    count = dice.few(1.7, 0.5, 12)
    made.interventions = list(
        dict.fromkeys((dice.code(CODES["intervention_type"]), words.slot("drug").capitalize()) for _ in range(count))
    )
    labels = (f"{words.slot('drug').capitalize()} {dice.whole(1, 90)} mg" for _ in range(dice.few(2, 0.4, 12)))
    made.arms = list(dict.fromkeys(labels))
