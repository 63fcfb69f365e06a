"""Fetch trials by the batch, and find the one that spoils a batch."""

from __future__ import annotations

from typing import TYPE_CHECKING

from extract.client.api import MAX_IDS_PER_REQUEST
from extract.errors import RegistryRefused, ReplyUnusable
from extract.landing import UnusableReply
from extract.nct import NctId
from flows.fetching.landed import FetchResult, fetch_and_land
from flows.fetching.trials import fetch_or_note_gone
from flows.fetching.unusable import give_up, is_about_the_batch, quarantine_trial

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from extract.landing import LandedReply
    from flows.run import RegistryRun

MOST_UNUSABLE = 10
"""Trials of a batch that may be quarantined for unusable replies. With more, not only single records are wrong."""


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
    error = give_up(unusable)
    # Nothing else can be requested in the place of an entry without a number, or of a record that is quarantined.
    if not nct_ids or unusable.reply.problem is not None:
        raise error

    def fetch_and_check(part: Sequence[NctId]) -> FetchResult:
        result = _fetch_together(run, part)
        for reply in result.replies:
            problem = find_problem(reply)
            if problem is not None:
                raise give_up(UnusableReply(reply, problem))
        return result

    if len(nct_ids) == 1:
        return quarantine_trial(run, nct_ids[0], error)
    return _fetch_in_halves(run, _split_for_requests(nct_ids), fetch_and_check)


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
            if not is_about_the_batch(error):
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


def _fetch_alone(run: RegistryRun, nct_id: NctId, error: ReplyUnusable | RegistryRefused) -> FetchResult:
    """Return what is known of the one trial whose batch brought this error."""
    # A refused list of one number says nothing about the trial, so its own address is requested.
    if isinstance(error, RegistryRefused):
        return fetch_or_note_gone(run, nct_id)
    return quarantine_trial(run, nct_id, error)


def _fetch_together(run: RegistryRun, nct_ids: Sequence[NctId]) -> FetchResult:
    """Fetch trials in one request, and request each trial directly that the reply leaves out."""
    result = fetch_and_land(run, "batches", nct_ids, lambda: run.registry.fetch_studies(nct_ids))
    # The reply of a merged trial is its successor's record, which says so.
    merged = {departure.nct_id for departure in result.departures}
    for nct_id in sorted(set(nct_ids) - result.found - merged):
        result += fetch_or_note_gone(run, nct_id)
    return result
