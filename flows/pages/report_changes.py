"""The changes of the report: by night, what matters most first, and administrative changes apart."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from flows.pages.change_text import group_by_night
from transform.diff.weights import MAJOR

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence
    from datetime import datetime

    from flows.pages.change_text import Change

ADMINISTRATIVE = "administrative"


@dataclass(frozen=True, slots=True)
class ChangedTrial:
    """What a night found changed of a trial, in sentences by weight.

    A change without a weight is among the `minor` ones, so that it is seen.
    """

    nct_id: str
    title: str
    major: Sequence[str]
    minor: Sequence[str]
    administrative: Sequence[str]


@dataclass(frozen=True, slots=True)
class WeighedNight:
    """What one run found changed.

    Attributes:
        moment: its time (UTC).
        counts: how many trials joined the set, left it, returned to it and changed, by these words.
        unnamed: how many trials joined the set if they are too many to be named; else 0.
        trials: the trials with changes that matter, those with major changes first.
        others: the trials with administrative changes only.
    """

    moment: datetime
    counts: dict[str, int]
    unnamed: int
    trials: tuple[ChangedTrial, ...]
    others: tuple[ChangedTrial, ...]


def weigh_nights(changes: Sequence[Change]) -> Iterator[WeighedNight]:
    """Yield what each run found changed.

    Args:
        changes: rows of `main.changes`, in the order that `group_by_night` needs.
    """
    major = _map_sentences(row for row in changes if row["weight"] == MAJOR)
    minor = _map_sentences(row for row in changes if row["weight"] not in (MAJOR, ADMINISTRATIVE))
    administrative = _map_sentences(row for row in changes if row["weight"] == ADMINISTRATIVE)
    for night in group_by_night(changes):
        trials = []
        for nct_id, title, _ in night.trials:
            key = (night.moment, nct_id)
            weighed = (sentences.get(key, ()) for sentences in (major, minor, administrative))
            trials.append(ChangedTrial(nct_id, title, *weighed))
        trials.sort(key=lambda trial: not trial.major)
        yield WeighedNight(
            moment=night.moment,
            counts=night.counts,
            unnamed=night.unnamed,
            trials=tuple(trial for trial in trials if trial.major or trial.minor),
            others=tuple(trial for trial in trials if not (trial.major or trial.minor)),
        )


def _map_sentences(changes: Iterable[Change]) -> dict[tuple[datetime, str], Sequence[str]]:
    """Return the sentences of these changes by the run's time and the NCT number."""
    return {
        (night.moment, nct_id): sentences for night in group_by_night(changes) for nct_id, _, sentences in night.trials
    }
