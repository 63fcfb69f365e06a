"""What a run notes about its fetch as a whole."""

from __future__ import annotations

from itertools import chain
from typing import TYPE_CHECKING

from flows.wording import list_include_notes

if TYPE_CHECKING:
    from flows.fetching.landed import FetchResult
    from flows.run import RegistryRun


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
    """Note which trials that a condition set includes by hand the registry does not have, or has merged."""
    included = set(chain.from_iterable(each.include for each in run.job.condition_sets))
    odd = sorted((each.nct_id, each.outcome, each.reason) for each in result.departures if each.nct_id in included)
    gone = [nct_id for nct_id, outcome, _ in odd if outcome == "gone"]
    merged = [f"{nct_id} is {reason}" for nct_id, outcome, reason in odd if outcome == "merged"]
    run.notes += list_include_notes(gone, merged)
