"""Fetch trials: request them, let the replies land, and note which trials are merged or gone."""

from __future__ import annotations

from dataclasses import dataclass
from hashlib import sha256
from typing import TYPE_CHECKING, Protocol

from extract.client.api import REFUSED_BATCH_STATUSES
from extract.client.reply import parse_json, parse_strictly
from extract.errors import RegistryChangedShape, RegistryRefused, ReplyUnreadable, ReplyUnusable, StudyNotFound
from extract.landing import Landing, translate_write_errors
from flows.wording import list_include_notes
from transform.catalog.model import load_record_shape
from transform.records import count_quotes, make_record_line, make_unreadable_record_line, parse_reply
from warehouse.loading.inputs import Departure, RecordFile

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence
    from pathlib import Path

    from extract.client.listing import Listing
    from extract.nct import NctId
    from flows.run import RegistryRun
    from transform.records import ParsedReply
    from transform.shape import Json

MOST_UNUSABLE = 10
"""Trials of a batch that may be quarantined for unusable replies. With more, not only single records are wrong."""


@dataclass(frozen=True, slots=True)
class FetchResult:
    """What was fetched.

    Attributes:
        record_files: the record lines of the replies, on disk.
        departures: trials that are no longer in the set.
        found: trials whose record came.
        withheld: the trials among `found` that the sponsor withholds; their records say next to nothing.
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
    """Return the listing's entries without an NCT number, as record lines that say so.

    Raises:
        ReplyUnusable: one of them cannot be written down.
    """
    try:
        lines = [make_record_line(entry, (), load_record_shape()) for entry in listing.entries_without_id]
    except ValueError as error:
        raise ReplyUnreadable(f"an entry of the listing without a number cannot be kept ({error})") from error
    return _write_quarantined_lines(run, "entries without id", lines) if lines else FetchResult()


def fetch_batch(run: RegistryRun, nct_ids: Sequence[NctId]) -> FetchResult:
    """Fetch a batch of trials in one request, or in halves where it is refused or its reply cannot be used.

    Halving finds the one trial that spoils the batch. Its record is quarantined with the reason, unless its own address
    answers; the others are fetched.

    Raises:
        ReplyUnusable: more than `MOST_UNUSABLE` trials of the batch have an unusable reply.
        RegistryRefused: the registry refuses more than `MOST_UNUSABLE` trials that it has, or the request itself.
    """
    result = FetchResult()
    parts = [nct_ids]
    unusable_count = 0
    while parts:
        part = parts.pop()
        try:
            result += _fetch_together(run, part)
        except (ReplyUnusable, RegistryRefused) as error:
            if not _is_about_the_batch(error):
                raise
            if len(part) > 1:
                middle = len(part) // 2
                # The last part is taken next, so the first half goes last.
                parts += [part[middle:], part[:middle]]
                continue
            alone = _fetch_alone(run, part[0], error)
            # A number that the registry no longer has explains its refusal; anything else counts.
            unusable_count += not alone.departures
            if unusable_count > MOST_UNUSABLE:
                raise
            result += alone
    return result


def _is_about_the_batch(error: ReplyUnusable | RegistryRefused) -> bool:
    """Return whether a smaller batch may be answered where this error came."""
    return not isinstance(error, RegistryRefused) or error.status in REFUSED_BATCH_STATUSES


def _fetch_alone(run: RegistryRun, nct_id: NctId, error: ReplyUnusable | RegistryRefused) -> FetchResult:
    """Return what is known of the one trial whose batch brought this error."""
    # A refused list of one number says nothing about the trial, so its own address is requested.
    return fetch_or_note_gone(run, nct_id) if isinstance(error, RegistryRefused) else _quarantine(run, nct_id, error)


def _fetch_together(run: RegistryRun, nct_ids: Sequence[NctId]) -> FetchResult:
    """Fetch trials in one request, and request each trial directly that the reply leaves out."""
    result = _fetch_and_land(run, "batches", nct_ids, lambda: run.registry.fetch_studies(nct_ids))
    # The reply of a merged trial is its successor's record, which says so.
    merged = {departure.nct_id for departure in result.departures}
    for nct_id in sorted(set(nct_ids) - result.found - merged):
        result += fetch_or_note_gone(run, nct_id)
    return result


def note_releases(run: RegistryRun) -> None:
    """Note if the answers came from several data releases, and keep the earliest as the data that the run has read.

    A cache may serve answers that are older than the version it names. With the earliest release in its row, the run
    does not make the next one believe that it has read the newer data.
    """
    releases = run.registry.releases
    if len(releases) > 1:
        run.counts["data_timestamp"] = min(releases)
        run.notes.append(f"the answers came from {len(releases)} data releases")


def note_odd_includes(run: RegistryRun, result: FetchResult) -> None:
    """Note which trials that the condition set includes by hand the registry does not have, or has merged."""
    included = set(run.job.condition_set.include)
    odd = sorted((each.nct_id, each.outcome, each.reason) for each in result.departures if each.nct_id in included)
    gone = [nct_id for nct_id, outcome, _ in odd if outcome == "gone"]
    merged = [f"{nct_id} is {reason}" for nct_id, outcome, reason in odd if outcome == "merged"]
    run.notes += list_include_notes(gone, merged)


def fetch_trial(run: RegistryRun, nct_id: NctId) -> FetchResult:
    """Fetch one trial directly. For a merged trial this is its successor, and the trial's departure.

    Raises:
        StudyNotFound: the registry has no such study.
        RegistryError: the trial could not be fetched.
    """
    return _fetch_and_land(run, "single", [nct_id], lambda: run.registry.fetch_study(nct_id))


def fetch_or_note_gone(run: RegistryRun, nct_id: NctId) -> FetchResult:
    """Fetch one trial that the registry may no longer have; a refusal or an unusable reply is quarantined."""
    try:
        return _fetch_any_reply(run, nct_id)
    except (ReplyUnusable, RegistryRefused) as error:
        if not _is_about_the_batch(error):
            raise
        return _quarantine(run, nct_id, error)


def _fetch_any_reply(run: RegistryRun, nct_id: NctId) -> FetchResult:
    try:
        return fetch_trial(run, nct_id)
    except StudyNotFound:
        return FetchResult(departures=(Departure(nct_id, "gone", "gone from the registry"),))
    except RegistryChangedShape as error:
        body = error.reply
        # A JSON object is a record of another shape, and is quarantined alone. Anything else ends the run.
        if not body.startswith(b"{"):
            raise
        return _fetch_and_land(run, "shape errors", [nct_id], lambda: _LandedReply(body))


class _ReceivedReply(Protocol):
    """A reply: its bytes, and the same parsed."""

    @property
    def body(self) -> bytes: ...

    @property
    def document(self) -> Json: ...


@dataclass(frozen=True, slots=True)
class _LandedReply:
    """A reply that an earlier run or request has received."""

    body: bytes

    @property
    def document(self) -> Json:
        return parse_json(self.body)


def _fetch_and_land(
    run: RegistryRun, kind: str, nct_ids: Sequence[NctId], fetch: Callable[[], _ReceivedReply]
) -> FetchResult:
    """Let a reply land unless it is on disk already, and write its record lines beside it.

    Args:
        run: the run.
        kind: which kind of request this is; different kinds land in different folders.
        nct_ids: the trials that were requested.
        fetch: requests them.

    Raises:
        ReplyUnusable: the reply cannot be used; it does not stay on disk, so that the next run requests it again.
    """
    received: list[_ReceivedReply] = []

    def receive(_: Sequence[NctId]) -> bytes:
        received.append(fetch())
        return received[0].body

    file = _locate_landing(run, kind).land_batch(nct_ids, receive)
    # A reply of this run was parsed when it came; one of a killed run has to be parsed from disk.
    reply = received[0] if received else _LandedReply(file.read_bytes())
    try:
        parsed = _parse(reply, nct_ids)
    except ReplyUnusable:
        file.unlink()
        raise

    record_file = _write_lines(file.with_suffix(".ndjson"), parsed.lines, parsed.found)
    departures = tuple(
        Departure(nct_id, "merged", f"merged into {current}") for nct_id, current in parsed.merged.items()
    )
    return FetchResult((record_file,), departures, parsed.found, parsed.withheld)


def _parse(reply: _ReceivedReply, nct_ids: Sequence[NctId]) -> ParsedReply:
    """Parse a reply, and parse it again strictly where a key was lost."""
    try:
        parsed = parse_reply(reply.document, nct_ids, load_record_shape())
        # orjson silently keeps the last of two equal keys. The lost key's quotes show in the difference; the strict
        # parser is slow and only has to name the key.
        if count_quotes(reply.body) > parsed.quote_count:
            parse_strictly(reply.body)
    except ValueError as error:
        happened = f"the registry's answer for {', '.join(nct_ids)} cannot be read ({error})"
        raise ReplyUnreadable(happened, problem=str(error), reply=reply.body) from error
    return parsed


def _quarantine(run: RegistryRun, nct_id: NctId, error: ReplyUnusable | RegistryRefused) -> FetchResult:
    """Return a record line that says why nothing is known of a trial."""
    problem = error.happened if isinstance(error, RegistryRefused) else error.problem
    return _write_quarantined_lines(run, nct_id, [make_unreadable_record_line(nct_id, problem, error.reply)])


def _write_quarantined_lines(run: RegistryRun, name: str, lines: list[bytes]) -> FetchResult:
    """Write record lines that are about quarantined records, into a file of that name."""
    file = _locate_landing(run, "quarantined").directory / f"{name}.ndjson"
    return FetchResult((_write_lines(file, lines, frozenset()),))


def _write_lines(file: Path, lines: Sequence[bytes], found: frozenset[str]) -> RecordFile:
    """Write record lines beside the replies.

    Args:
        file: the file.
        lines: the lines.
        found: the trials whose record is among them.

    Raises:
        LandingFailed: the disk is full, or the folder cannot be written to.
    """
    sizes = [len(line) for line in lines]
    with translate_write_errors(file, sum(sizes)):
        file.parent.mkdir(parents=True, exist_ok=True)
        with file.open("wb") as output:
            output.writelines(lines)
    digest = sha256()
    for line in lines:
        digest.update(line)
    return RecordFile(file, found, sum(sizes), max(sizes, default=0), digest.hexdigest())


def _locate_landing(run: RegistryRun, kind: str) -> Landing:
    """Return the folder for replies that can stand for one another: the same request, registry, data and set."""
    question = [kind, run.job.registry, str(run.counts["data_timestamp"]), run.job.condition_set.digest]
    if run.job.nct_ids:
        # A backfill promises the record of now, so it never uses a reply that landed before.
        question.append(str(run.run_id))
    return Landing.locate(run.job.paths.landing, *question)
