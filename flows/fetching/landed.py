"""Send one request, let its reply land, and find which trials it has."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Protocol

from extract.client.reply import parse_json
from extract.condition_set import compute_digest
from extract.landing import LandedReply, Landing
from transform.records import find_trials
from warehouse.loading.inputs import Departure

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from extract.nct import NctId
    from flows.run import RegistryRun
    from transform.shape import Json


@dataclass(frozen=True, slots=True)
class FetchResult:
    """What was fetched.

    Attributes:
        replies: the replies, on disk.
        departures: trials that have left a set, each with the reason.
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


class ReceivedReply(Protocol):
    """A reply: its bytes, and the same parsed, or its outline."""

    @property
    def body(self) -> bytes:
        """The bytes."""

    @property
    def document(self) -> Json:
        """What they say."""


def fetch_and_land(
    run: RegistryRun,
    kind: str,
    nct_ids: Sequence[NctId],
    fetch: Callable[[], ReceivedReply],
) -> FetchResult:
    """Let a reply land unless it is on disk already, and find which trials it has. Its records are not read here.

    Args:
        run: the run.
        kind: which kind of request this is; different kinds land in different folders.
        nct_ids: the trials that were requested.
        fetch: requests them.
    """
    received: list[ReceivedReply] = []

    def receive(_: Sequence[NctId]) -> bytes:
        received.append(fetch())
        return received[0].body

    file = locate_landing(run, kind).land_batch(nct_ids, receive)
    # A reply of this run was parsed when it came; one of a killed run has to be parsed from disk.
    document = received[0].document if received else parse_json(file.read_bytes())
    trials = find_trials(document, nct_ids)
    reply = LandedReply(file, (*nct_ids, *trials.merged.values()))
    departures = tuple(
        Departure(nct_id, "merged", f"merged into {current}") for nct_id, current in trials.merged.items()
    )
    return FetchResult((reply,), departures, trials.found, trials.withheld)


def locate_landing(run: RegistryRun, kind: str) -> Landing:
    """Return the folder for replies that can stand for one another: the same request, registry, data and sets."""
    question = [kind, run.job.registry, str(run.counts["data_timestamp"]), compute_digest(run.job.condition_sets)]
    if run.job.nct_ids:
        # A backfill promises the record of now, so it never uses a reply that landed before.
        question.append(str(run.run_id))
    return Landing.locate(run.job.paths.landing, *question)
