"""Asking for trials, and what the answers say of each: its record, its successor's, or that it is gone."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Protocol

from extract.errors import RegistryChangedShape, StudyNotFound
from extract.landing import Landing, keeping
from extract.reply import parse_json
from transform.catalog import record_shape
from transform.records import read_reply
from warehouse.intake import Departure, Landed

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from extract.nct import NctId
    from flows.run import RegistryRun
    from transform.shape import Json


@dataclass(frozen=True, slots=True)
class Answers:
    """What was received.

    Attributes:
        landed: the replies, on disk.
        departures: trials found to be in the set no more.
        found: trials whose record came.
        withheld: those of them that the sponsor withholds, so that their record says next to nothing.
    """

    landed: tuple[Landed, ...] = ()
    departures: tuple[Departure, ...] = ()
    found: frozenset[str] = frozenset()
    withheld: frozenset[str] = frozenset()

    def __add__(self, other: Answers) -> Answers:
        return Answers(
            self.landed + other.landed,
            self.departures + other.departures,
            self.found | other.found,
            self.withheld | other.withheld,
        )


def ask_for_batch(run: RegistryRun, ids: Sequence[NctId]) -> Answers:
    """A batch of trials in one request; one that the registry leaves out is asked for by itself."""
    answers = _answers(run, "batches", ids, lambda: run.registry.studies(ids))
    merged = {departure.nct_id for departure in answers.departures}
    for nct_id in sorted(set(ids) - answers.found - merged):
        answers += ask_whether_gone(run, nct_id)
    return answers


def ask(run: RegistryRun, nct_id: NctId) -> Answers:
    """One trial, asked for directly; where it was merged, its successor and the trial's departure."""
    return _answers(run, "single", [nct_id], lambda: run.registry.study(nct_id))


def ask_whether_gone(run: RegistryRun, nct_id: NctId) -> Answers:
    """The same, where the registry may have no such trial any more, or a record that will be set aside."""
    try:
        return ask(run, nct_id)
    except StudyNotFound:
        return Answers((), (Departure(nct_id, "gone", "gone from the registry"),))
    except RegistryChangedShape as error:
        body = error.reply
        if not body.startswith(b"{"):
            raise
        return _answers(run, "misfits", [nct_id], lambda: _Misfit(body, parse_json(body)))


class _Received(Protocol):
    """A reply: its bytes, and the same parsed."""

    @property
    def body(self) -> bytes: ...

    @property
    def document(self) -> Json: ...


@dataclass(frozen=True, slots=True)
class _Misfit:
    body: bytes
    document: Json


def _answers(run: RegistryRun, kind: str, ids: Sequence[NctId], fetch: Callable[[], _Received]) -> Answers:
    """Have a reply land, once, and write beside it what it says of the trials it was asked for, line by line."""
    parsed: list[Json] = []

    def received(_: Sequence[NctId]) -> bytes:
        reply = fetch()
        parsed.append(reply.document)
        return reply.body

    file = _landing(run, kind).batch(ids, received)
    reading = read_reply(parsed[0] if parsed else parse_json(file.read_bytes()), ids, record_shape())
    lines = file.with_suffix(".ndjson")
    sizes = [len(line) for line in reading.lines]
    with keeping(lines, sum(sizes)), lines.open("wb") as written:
        written.writelines(reading.lines)
    departures = (Departure(nct_id, "merged", f"merged into {current}") for nct_id, current in reading.merged.items())
    landed = Landed(lines, reading.found, sum(sizes), max(sizes, default=0))
    return Answers((landed,), tuple(departures), reading.found, reading.withheld)


def _landing(run: RegistryRun, kind: str) -> Landing:
    question = [kind, run.job.registry, str(run.counts["data_timestamp"]), run.job.condition_set.digest]
    if run.job.ids:
        question.append(str(run.run_id))  # a backfill asks anew
    return Landing.for_run(run.job.places.landing, *question)
