"""The steps that request trials one by one: those that left the listing, and those of a backfill."""

from __future__ import annotations

from typing import TYPE_CHECKING

from extract.errors import StudyNotFound
from flows.fetch import FetchResult, fetch_or_note_gone, fetch_trial
from warehouse.loading.inputs import Departure

if TYPE_CHECKING:
    from collections.abc import Sequence

    from extract.nct import NctId
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
