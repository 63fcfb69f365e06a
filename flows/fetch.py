"""Asking for trials, and what the answers say of each: its record, its successor's, or that it is gone."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Protocol

from extract.client.reply import parse_json, parse_strictly
from extract.errors import RegistryChangedShape, ReplyUnreadable, ReplyUnusable, StudyNotFound
from extract.landing import Landing, translate_write_errors
from transform.catalog.model import load_record_shape
from transform.records import count_quotes, make_record_line, make_unread_line, read_reply
from warehouse.loading.inputs import Departure, RecordFile

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from extract.client.listing import Listing
    from extract.nct import NctId
    from flows.run import RegistryRun
    from transform.records import ParsedReply
    from transform.shape import Json

MOST_UNUSABLE = 10
"""Trials of a batch whose replies may be unusable; more of them are no longer a matter of single records."""


@dataclass(frozen=True, slots=True)
class FetchResult:
    """What was received.

    Attributes:
        record_files: the replies, on disk.
        departures: trials found to be in the set no more.
        found: trials whose record came.
        withheld: those of them that the sponsor withholds, so that their record says next to nothing.
    """

    record_files: tuple[RecordFile, ...] = ()
    departures: tuple[Departure, ...] = ()
    found: frozenset[str] = frozenset()
    withheld: frozenset[str] = frozenset()

    def __add__(self, other: FetchResult) -> FetchResult:
        return FetchResult(
            self.record_files + other.record_files,
            self.departures + other.departures,
            self.found | other.found,
            self.withheld | other.withheld,
        )


def quarantine_entries_without_id(run: RegistryRun, listing: Listing) -> FetchResult:
    """The entries of a listing that name no trial, as lines that say so.

    Raises:
        ReplyUnusable: one of them cannot be written down.
    """
    try:
        lines = [make_record_line(entry, (), load_record_shape()) for entry in listing.entries_without_id]
    except ValueError as error:
        raise ReplyUnreadable(f"an entry of the listing without a number cannot be kept ({error})") from error
    return _with_lines(run, "entries_without_id", lines) if lines else FetchResult()


def fetch_batch(run: RegistryRun, ids: Sequence[NctId]) -> FetchResult:
    """A batch of trials in one request; where its reply cannot be taken in, in halves of it, and so on.

    So the record is found that spoils the reply; it is set aside with the reason, and the others are received.

    Raises:
        ReplyUnusable: `MOST_UNUSABLE` trials were set aside so, and there is another.
    """
    answers, parts, unusable = FetchResult(), [ids], 0
    while parts:
        part = parts.pop()
        try:
            answers += _ask_together(run, part)
        except ReplyUnusable as error:
            if len(part) > 1:
                middle = len(part) // 2
                parts += [part[middle:], part[:middle]]
                continue
            unusable += 1
            if unusable > MOST_UNUSABLE:
                raise
            answers += _set_aside(run, part[0], error)
    return answers


def _ask_together(run: RegistryRun, ids: Sequence[NctId]) -> FetchResult:
    """Trials in one request; one that the registry leaves out is asked for by itself."""
    answers = _answers(run, "batches", ids, lambda: run.registry.studies(ids))
    merged = {departure.nct_id for departure in answers.departures}
    for nct_id in sorted(set(ids) - answers.found - merged):
        answers += fetch_or_note_gone(run, nct_id)
    return answers


def fetch_trial(run: RegistryRun, nct_id: NctId) -> FetchResult:
    """One trial, asked for directly; where it was merged, its successor and the trial's departure."""
    return _answers(run, "single", [nct_id], lambda: run.registry.study(nct_id))


def fetch_or_note_gone(run: RegistryRun, nct_id: NctId) -> FetchResult:
    """The same, where the registry may have no such trial any more, or a record that will be set aside."""
    try:
        return _ask_for_any(run, nct_id)
    except ReplyUnusable as error:
        return _set_aside(run, nct_id, error)


def _ask_for_any(run: RegistryRun, nct_id: NctId) -> FetchResult:
    try:
        return fetch_trial(run, nct_id)
    except StudyNotFound:
        return FetchResult((), (Departure(nct_id, "gone", "gone from the registry"),))
    except RegistryChangedShape as error:
        body = error.reply
        if not body.startswith(b"{"):
            raise
        return _answers(run, "misfits", [nct_id], lambda: _OnDisk(body))


class _Received(Protocol):
    """A reply: its bytes, and the same parsed."""

    @property
    def body(self) -> bytes: ...

    @property
    def document(self) -> Json: ...


@dataclass(frozen=True, slots=True)
class _OnDisk:
    """A reply that was received before."""

    body: bytes

    @property
    def document(self) -> Json:
        return parse_json(self.body)


def _answers(run: RegistryRun, kind: str, ids: Sequence[NctId], fetch: Callable[[], _Received]) -> FetchResult:
    """Have a reply land, once, and write beside it what it says of the trials it was asked for, line by line.

    Raises:
        ReplyUnusable: the reply cannot be taken in; it does not stay on disk, so that the next run asks anew.
    """
    fetched: list[_Received] = []

    def received(_: Sequence[NctId]) -> bytes:
        fetched.append(fetch())
        return fetched[0].body

    file = _landing(run, kind).batch(ids, received)
    try:
        reading = _read(fetched[0] if fetched else _OnDisk(file.read_bytes()), ids)
    except ReplyUnusable:
        file.unlink()
        raise
    lines = file.with_suffix(".ndjson")
    sizes = [len(line) for line in reading.lines]
    with translate_write_errors(lines, sum(sizes)), lines.open("wb") as written:
        written.writelines(reading.lines)
    departures = (Departure(nct_id, "merged", f"merged into {current}") for nct_id, current in reading.merged.items())
    landed = RecordFile(lines, reading.found, sum(sizes), max(sizes, default=0))
    return FetchResult((landed,), tuple(departures), reading.found, reading.withheld)


def _read(reply: _Received, ids: Sequence[NctId]) -> ParsedReply:
    """What a reply says; it is read strictly where it holds more than its records, written anew."""
    try:
        reading = read_reply(reply.document, ids, load_record_shape())
        if count_quotes(reply.body) > reading.quote_count:
            parse_strictly(reply.body)
    except ValueError as error:
        happened = f"the registry's answer for {', '.join(ids)} cannot be read ({error})"
        raise ReplyUnreadable(happened, problem=str(error), reply=reply.body) from error
    return reading


def _set_aside(run: RegistryRun, nct_id: NctId, error: ReplyUnusable) -> FetchResult:
    """A line that says why nothing is known of a trial."""
    return _with_lines(run, nct_id, [make_unread_line(nct_id, error.problem, error.reply)])


def _with_lines(run: RegistryRun, name: str, lines: list[bytes]) -> FetchResult:
    """Lines of trials that are not found by them, in a file of that name."""
    sizes = [len(line) for line in lines]
    file = _landing(run, "set aside").directory / f"{name}.ndjson"
    with translate_write_errors(file, sum(sizes)):
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_bytes(b"".join(lines))
    return FetchResult((RecordFile(file, frozenset(), sum(sizes), max(sizes)),))


def _landing(run: RegistryRun, kind: str) -> Landing:
    question = [kind, run.job.registry, str(run.counts["data_timestamp"]), run.job.condition_set.digest]
    if run.job.ids:
        question.append(str(run.run_id))  # a backfill asks anew
    return Landing.for_run(run.job.paths.landing, *question)
