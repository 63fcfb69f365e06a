"""Fetch trials one by one: those that left the listing, those of a backfill, and those that a batch left out."""

from __future__ import annotations

from typing import TYPE_CHECKING

from extract.client.reply import make_kept_reply
from extract.errors import RegistryChangedShape, RegistryRefused, ReplyUnusable, StudyNotFound
from flows.fetching.landed import FetchResult, fetch_and_land
from flows.fetching.unusable import is_about_the_batch, quarantine_trial, refuse_unreadable
from warehouse.loading.inputs import Departure

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from extract.nct import NctId
    from flows.fetching.landed import ReceivedReply
    from flows.run import RegistryRun


def fetch_vanished(run: RegistryRun, nct_ids: Sequence[NctId]) -> FetchResult:
    """Request each trial that is missing from the listing, because only its own answer proves that it left."""
    result = FetchResult()
    for done, nct_id in enumerate(nct_ids):
        run.on_progress("asking for trials that left the listing", done, len(nct_ids))
        result += fetch_or_note_gone(run, nct_id)
        # A withheld trial has a record too, so this comes before `found`.
        if nct_id in result.withheld:
            result += FetchResult(departures=(Departure(nct_id, "withheld", "withheld by its sponsor"),))
        elif nct_id in result.found:
            result += FetchResult(departures=(Departure(nct_id, "left", "left the search"),))
    return result


def fetch_each(run: RegistryRun, nct_ids: Sequence[NctId]) -> FetchResult:
    """Fetch trials one by one, for a backfill.

    Raises:
        StudyNotFound: the registry does not have one of them; the error names all that are missing.
    """
    result = FetchResult()
    missing = []
    # Request all of them before failing, so that the error names every missing number.
    for done, nct_id in enumerate(nct_ids):
        run.on_progress("fetching", done, len(nct_ids))
        try:
            result += fetch_trial(run, nct_id)
        except StudyNotFound:
            missing.append(nct_id)
    if missing:
        verb = "is" if len(missing) == 1 else "are"
        raise StudyNotFound(f"{', '.join(missing)} {verb} not on ClinicalTrials.gov")
    run.counts["planned"] = len(nct_ids)
    return result


def fetch_trial(run: RegistryRun, nct_id: NctId) -> FetchResult:
    """Fetch one trial directly. For a merged trial this is its successor, and the trial's departure.

    Raises:
        StudyNotFound: the registry has no such study.
        RegistryError: the trial could not be fetched.
    """
    return _fetch_and_check(run, "single", nct_id, lambda: run.registry.fetch_study(nct_id))


def fetch_or_note_gone(run: RegistryRun, nct_id: NctId) -> FetchResult:
    """Fetch one trial that the registry may no longer have; a refusal or an unusable reply is quarantined."""
    try:
        return _fetch_any_reply(run, nct_id)
    except (ReplyUnusable, RegistryRefused) as error:
        if not is_about_the_batch(error):
            raise
        return quarantine_trial(run, nct_id, error)


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
        return _fetch_and_check(run, "shape errors", nct_id, lambda: make_kept_reply(body))


def _fetch_and_check(run: RegistryRun, kind: str, nct_id: NctId, fetch: Callable[[], ReceivedReply]) -> FetchResult:
    """Fetch one trial, and find out now whether its record can be read: there is no batch to search for the cause."""
    result = fetch_and_land(run, kind, [nct_id], fetch)
    for reply in result.replies:
        refuse_unreadable(reply)
    return result
