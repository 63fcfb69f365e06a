"""Fetch trials: request them, let the replies land, and note which trials are merged or gone."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Protocol

from extract.client import api
from extract.client.api import MAX_IDS_PER_REQUEST, REFUSED_BATCH_STATUSES
from extract.client.reply import parse_json
from extract.errors import RegistryChangedShape, RegistryRefused, ReplyUnreadable, ReplyUnusable, StudyNotFound
from extract.landing import LandedReply, Landing
from extract.nct import NctId
from transform.records import dump_record, find_trials
from transform.replies import read_reply
from warehouse.loading.inputs import Departure

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from extract.client.listing import Listing
    from flows.run import RegistryRun
    from transform.shape import Json

MOST_UNUSABLE = 10
"""Trials of a batch that may be quarantined for unusable replies. With more, not only single records are wrong."""


@dataclass(frozen=True, slots=True)
class UnusableReply:
    """A reply on disk from which no part could be made, and why."""

    reply: LandedReply
    reason: str


@dataclass(frozen=True, slots=True)
class FetchResult:
    """What was fetched.

    Attributes:
        replies: the replies, on disk.
        departures: trials that are no longer in the set.
        found: trials whose record came.
        withheld: the trials among `found` that the sponsor withholds; their records say next to nothing.
    """

    replies: tuple[LandedReply, ...] = ()
    departures: tuple[Departure, ...] = ()
    found: frozenset[str] = frozenset()
    withheld: frozenset[str] = frozenset()

    def __add__(self, other: FetchResult) -> FetchResult:
        return FetchResult(
            self.replies + other.replies,
            self.departures + other.departures,
            self.found | other.found,
            self.withheld | other.withheld,
        )


def quarantine_entries_without_id(run: RegistryRun, listing: Listing) -> FetchResult:
    """Return the listing's entries without an NCT number, as a reply with no requested trial: each is quarantined.

    Raises:
        ReplyUnusable: one of them cannot be written down.
    """
    if not listing.entries_without_id:
        return FetchResult()
    try:
        entries = b",".join(map(dump_record, listing.entries_without_id))
    except ValueError as error:
        raise ReplyUnreadable(f"an entry of the listing without a number cannot be kept ({error})") from error
    body = b'{"%s":[%s]}' % (api.STUDIES.encode(), entries)
    file = locate_landing(run, "quarantined").land("entries without id", body)
    return FetchResult((LandedReply(file, ()),))


def fetch_batch(run: RegistryRun, nct_ids: Sequence[NctId]) -> FetchResult:
    """Fetch a batch of trials in one request, or in halves where it is refused or its reply cannot be used.

    Halving finds the one trial that spoils the batch. Its record is quarantined with the reason, unless its own address
    answers; the others are fetched.

    Raises:
        ReplyUnusable: more than `MOST_UNUSABLE` trials of the batch have an unusable reply.
        RegistryRefused: the registry refuses more than `MOST_UNUSABLE` trials that it has, or the request itself.
    """
    return _fetch_in_halves(run, [nct_ids], lambda part: _fetch_together(run, part))


def fetch_again(
    run: RegistryRun, unusable: UnusableReply, find_problem: Callable[[LandedReply], str | None]
) -> FetchResult:
    """Fetch the trials of a reply from which no part could be made, in halves, until what spoils it stands alone.

    Args:
        run: the run.
        unusable: the reply.
        find_problem: returns why no part can be made from a reply, or None.

    Raises:
        ReplyUnusable: as for `fetch_batch`.
        RegistryRefused: as for `fetch_batch`.
    """
    # A number may be there twice: asked for, and merged into.
    nct_ids = [NctId(nct_id) for nct_id in dict.fromkeys(unusable.reply.asked)]
    error = _give_up(unusable)
    # Nothing else can be requested in the place of an entry without a number, or of a record that is quarantined.
    if not nct_ids or unusable.reply.problem is not None:
        raise error

    def fetch_and_check(part: Sequence[NctId]) -> FetchResult:
        result = _fetch_together(run, part)
        for reply in result.replies:
            problem = find_problem(reply)
            if problem is not None:
                raise _give_up(UnusableReply(reply, problem))
        return result

    if len(nct_ids) == 1:
        return _quarantine(run, nct_ids[0], error)
    return _fetch_in_halves(run, _split_for_requests(nct_ids), fetch_and_check)


def _give_up(unusable: UnusableReply) -> ReplyUnreadable:
    """Return the error of an unusable reply, and remove the reply, so that the next run requests it again."""
    happened = f"the registry's answer for {', '.join(unusable.reply.asked)} cannot be read ({unusable.reason})"
    error = ReplyUnreadable(happened, problem=unusable.reason, reply=unusable.reply.file.read_bytes())
    unusable.reply.file.unlink()
    return error


def _fetch_in_halves(
    run: RegistryRun, parts: list[Sequence[NctId]], fetch: Callable[[Sequence[NctId]], FetchResult]
) -> FetchResult:
    """Fetch parts of a batch, the last one first, each in halves where that is needed; see `fetch_batch`."""
    result = FetchResult()
    unusable_count = 0
    while parts:
        part = parts.pop()
        try:
            result += fetch(part)
        except (ReplyUnusable, RegistryRefused) as error:
            if not _is_about_the_batch(error):
                raise
            if len(part) > 1:
                parts += _split_in_halves(part)
                continue
            alone = _fetch_alone(run, part[0], error)
            # A number that the registry no longer has explains its refusal; anything else counts.
            unusable_count += not alone.departures
            if unusable_count > MOST_UNUSABLE:
                raise
            result += alone
    return result


def _split_for_requests(nct_ids: Sequence[NctId]) -> list[Sequence[NctId]]:
    """Return the numbers of a reply in smaller parts, none larger than a request may be."""
    if len(nct_ids) <= MAX_IDS_PER_REQUEST:
        return _split_in_halves(nct_ids)
    return [nct_ids[start : start + MAX_IDS_PER_REQUEST] for start in range(0, len(nct_ids), MAX_IDS_PER_REQUEST)]


def _split_in_halves(nct_ids: Sequence[NctId]) -> list[Sequence[NctId]]:
    """Return the second half and the first: the last one is taken first."""
    middle = len(nct_ids) // 2
    return [nct_ids[middle:], nct_ids[:middle]]


def _is_about_the_batch(error: ReplyUnusable | RegistryRefused) -> bool:
    """Return whether a smaller batch may be answered where this error came."""
    return not isinstance(error, RegistryRefused) or error.status in REFUSED_BATCH_STATUSES


def _fetch_alone(run: RegistryRun, nct_id: NctId, error: ReplyUnusable | RegistryRefused) -> FetchResult:
    """Return what is known of the one trial whose batch brought this error."""
    # A refused list of one number says nothing about the trial, so its own address is requested.
    return fetch_or_note_gone(run, nct_id) if isinstance(error, RegistryRefused) else _quarantine(run, nct_id, error)


def _fetch_together(run: RegistryRun, nct_ids: Sequence[NctId]) -> FetchResult:
    """Fetch trials in one request, and request each trial directly that the reply leaves out."""
    result = _fetch_and_land(run, "batches", nct_ids, lambda: run.registry.fetch_studies(nct_ids), is_checked=False)
    # The reply of a merged trial is its successor's record, which says so.
    merged = {departure.nct_id for departure in result.departures}
    for nct_id in sorted(set(nct_ids) - result.found - merged):
        result += fetch_or_note_gone(run, nct_id)
    return result


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
    """A reply: its bytes, and the same parsed, or its outline."""

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
    run: RegistryRun,
    kind: str,
    nct_ids: Sequence[NctId],
    fetch: Callable[[], _ReceivedReply],
    *,
    is_checked: bool = True,
) -> FetchResult:
    """Let a reply land unless it is on disk already, and find which trials it has.

    Args:
        run: the run.
        kind: which kind of request this is; different kinds land in different folders.
        nct_ids: the trials that were requested.
        fetch: requests them.
        is_checked: whether the records are read here. Those of a batch are read where its part is made.

    Raises:
        ReplyUnusable: the reply cannot be used; it does not stay on disk, so that the next run requests it again.
    """
    received: list[_ReceivedReply] = []

    def receive(_: Sequence[NctId]) -> bytes:
        received.append(fetch())
        return received[0].body

    file = locate_landing(run, kind).land_batch(nct_ids, receive)
    # A reply of this run was parsed when it came; one of a killed run has to be parsed from disk.
    document = received[0].document if received else parse_json(file.read_bytes())
    trials = find_trials(document, nct_ids)
    reply = LandedReply(file, (*nct_ids, *trials.merged.values()))
    if is_checked:
        _check_readable(reply)
    departures = tuple(
        Departure(nct_id, "merged", f"merged into {current}") for nct_id, current in trials.merged.items()
    )
    return FetchResult((reply,), departures, trials.found, trials.withheld)


def _check_readable(reply: LandedReply) -> None:
    """Raise ReplyUnreadable if the records of a reply cannot be read; then it does not stay on disk."""
    try:
        read_reply(reply)
    except ValueError as error:
        raise _give_up(UnusableReply(reply, str(error))) from error


def _quarantine(run: RegistryRun, nct_id: NctId, error: ReplyUnusable | RegistryRefused) -> FetchResult:
    """Return a reply that says why nothing is known of a trial."""
    problem = error.happened if isinstance(error, RegistryRefused) else error.problem
    file = locate_landing(run, "quarantined").land(nct_id, error.reply)
    return FetchResult((LandedReply(file, (nct_id,), problem),))


def locate_landing(run: RegistryRun, kind: str) -> Landing:
    """Return the folder for replies that can stand for one another: the same request, registry, data and set."""
    question = [kind, run.job.registry, str(run.counts["data_timestamp"]), run.job.condition_set.digest]
    if run.job.nct_ids:
        # A backfill promises the record of now, so it never uses a reply that landed before.
        question.append(str(run.run_id))
    return Landing.locate(run.job.paths.landing, *question)
