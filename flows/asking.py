"""Asking for trials, and what the answers say of each: its record, its successor's, or that it is gone."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from extract.errors import RegistryChangedShape, StudyNotFound
from extract.landing import Landing
from transform.records import studies_in
from warehouse.intake import Departure, Landed

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

    from extract.nct import NctId
    from flows.run import Run


@dataclass(frozen=True, slots=True)
class Answers:
    """What was received: replies that have landed, trials found to be in the set no more, trials whose record came."""

    landed: tuple[Landed, ...] = ()
    departures: tuple[Departure, ...] = ()
    found: frozenset[str] = frozenset()

    def __add__(self, other: Answers) -> Answers:
        return Answers(self.landed + other.landed, self.departures + other.departures, self.found | other.found)


def ask_for_batch(run: Run, ids: Sequence[NctId]) -> Answers:
    """A batch of trials in one request; one that the registry leaves out is asked for by itself."""
    file = _landing(run, "batches").batch(ids, run.registry.studies)
    answers = _answers(file, ids)
    merged = {departure.nct_id for departure in answers.departures}
    for nct_id in sorted(set(ids) - answers.found - merged):
        answers += ask_whether_gone(run, nct_id)
    return answers


def ask(run: Run, nct_id: NctId) -> Answers:
    """One trial, asked for directly; where it was merged, its successor and the trial's departure."""
    file = _landing(run, "single").batch([nct_id], lambda ids: run.registry.study(ids[0]).body)
    return _answers(file, [nct_id])


def ask_whether_gone(run: Run, nct_id: NctId) -> Answers:
    """The same, where the registry may have no such trial any more, or a record that will be set aside."""
    try:
        return ask(run, nct_id)
    except StudyNotFound:
        return Answers((), (Departure(nct_id, "gone", "gone from the registry"),))
    except RegistryChangedShape as error:
        body = error.reply
        if not body.startswith(b"{"):
            raise
        return _answers(_landing(run, "misfits").batch([nct_id], lambda _: body), [nct_id])


def _landing(run: Run, kind: str) -> Landing:
    question = [kind, run.job.registry, str(run.counts["data_timestamp"]), run.job.condition_set.digest]
    if run.job.ids:
        question.append(str(run.run_id))  # a backfill asks anew
    return Landing.for_run(run.job.places.landing, *question)


def _answers(file: Path, ids: Sequence[NctId]) -> Answers:
    """What a reply says of the trials it was asked for: their records, or those that list their numbers as obsolete."""
    studies = studies_in(file.read_bytes())
    merged = {
        obsolete: current
        for current, aliases in studies.items()
        for obsolete in aliases
        if obsolete in ids and obsolete not in studies
    }
    departures = (Departure(obsolete, "merged", f"merged into {current}") for obsolete, current in merged.items())
    asked = frozenset([*ids, *merged.values()])
    return Answers((Landed(file, asked),), tuple(departures), asked.intersection(studies))
