"""Fetch a large new set by pages of whole records, so that the listing is the fetch."""

from __future__ import annotations

from typing import TYPE_CHECKING

from extract.client import api
from extract.client.reply import make_kept_reply
from extract.client.studies import parse_outline
from extract.landing import LandedReply
from flows.fetching.landed import FetchResult, locate_landing
from transform.records import find_trials

if TYPE_CHECKING:
    from collections.abc import Mapping

    from extract.client.listing import Listing
    from extract.client.pages import ListedStudy, Page, SendSearch
    from extract.client.reply import Reply
    from extract.condition_set import ConditionSet
    from extract.nct import NctId
    from flows.loading import Loading
    from flows.run import RegistryRun


class PageFetch:
    """Lets the pages of a listing land, and loads their records meanwhile; see `extract.client.listing.PageKeeper`.

    Args:
        run: the run.
        loading: its load.
        condition_set: the set that is listed.
    """

    def __init__(self, run: RegistryRun, loading: Loading, condition_set: ConditionSet) -> None:
        self._run = run
        self._loading = loading
        self._condition_set = condition_set
        self._landing = locate_landing(run, "pages")
        self._total = 0
        self._newest_file = self._landing.directory
        self._received: dict[NctId, ListedStudy] = {}
        self._withheld: set[str] = set()

    def wants(self, total: int) -> bool:
        """Return whether the set is larger than a page, and most of its records have to be fetched.

        A set that leaves out trials by hand is fetched by number, because its pages would have those too.
        """
        held = sum(self._condition_set.name in trial.condition_sets for trial in self._run.known.trials)
        is_mostly_fetched = self._run.job.settings.full or total > 2 * held
        is_wanted = total > api.MAX_PAGE_SIZE and is_mostly_fetched and not self._condition_set.exclude
        if is_wanted:
            self._total = total
            self._loading.expect(total)
        return is_wanted

    def search(self, send_search: SendSearch, parameters: Mapping[str, str]) -> Reply:
        """Return a page: from disk if it has landed before, else from the registry, and let it land."""
        self._run.on_progress("fetching the condition set by pages", len(self._received), self._total)
        received: list[Reply] = []

        def fetch() -> bytes:
            received.append(send_search(parameters))
            # What is not a page does not land: the reply becomes the error that it means.
            received[0].require_document()
            return received[0].body

        question = [f"{name}={value}" for name, value in sorted(parameters.items())]
        file = self._landing.land_answer(question, fetch)
        # `keep` comes next, with the page of this reply.
        self._newest_file = file
        if received:
            return received[0]
        return make_kept_reply(file.read_bytes(), parse_outline)

    def keep(self, page: Page) -> None:
        """Load the records of a page.

        A page with an entry that has no NCT number is only a listing: its trials are fetched by number.
        """
        if page.entries_without_id or not page.entries:
            return
        listed = {entry.nct_id: entry.listed for entry in page.entries}
        self._received |= listed
        self._withheld |= find_trials(page.reply.document, listed).withheld
        self._loading.add([LandedReply(self._newest_file, tuple(listed))])

    def make_result(self, listing: Listing) -> FetchResult:
        """Return what has come by pages and is as the complete listing has it; the rest has to be fetched by number."""
        found = frozenset(nct_id for nct_id, listed in self._received.items() if listing.studies.get(nct_id) == listed)
        return FetchResult(found=found, withheld=found & self._withheld)
