"""The pages of the published warehouse: each made from one file, and the report only once for each file."""

from __future__ import annotations

import multiprocessing
import signal
from concurrent.futures import ProcessPoolExecutor
from concurrent.futures.process import BrokenProcessPool
from contextlib import suppress
from dataclasses import dataclass
from hashlib import sha256
from importlib.metadata import version
from pathlib import Path
from tempfile import TemporaryDirectory
from threading import Lock
from typing import TYPE_CHECKING

from extract.nct import NctId
from flows.news.feed import make_feed
from flows.pages.html import render_trial_pages
from flows.pages.report import write_report
from flows.pages.trial_page import make_trial_page
from warehouse.connect import open_newest, open_read_only
from warehouse.errors import NoWarehouse, ReportNotWritten, TrialNotHeld
from warehouse.reading.trial_details import read_trial_details
from warehouse.reading.trial_summary import find_trials, name_missing
from warehouse.runs import read_newest_failure

if TYPE_CHECKING:
    from collections.abc import Callable

    from warehouse.paths import Paths


@dataclass(frozen=True, slots=True)
class PublishedFile:
    """The file that is published now.

    Attributes:
        path: the file itself, and not the link to it, so that all of a page comes from one file.
        tag: names this file, and the version of this program; another file has another tag.
    """

    path: Path
    tag: str


@dataclass(frozen=True, slots=True)
class Page:
    """A page, and the tag of the file that it was made from."""

    body: bytes
    tag: str


class PublishedPages:
    """Makes the pages of a warehouse, for several threads.

    No connection outlives the making of a page, so no reader is in the way of a publish.

    Args:
        paths: the warehouse's.

    Attributes:
        reading: held while this process reads a DuckDB file. Two connections to one file share their settings, and the
            first one locks them.
    """

    def __init__(self, paths: Paths) -> None:
        self.reading = Lock()
        self._paths = paths
        self._making = Lock()
        self._kept: dict[str, Page] = {}

    def make_report(self) -> Page:
        """Return the report of the published file; it is made when the file is another than the last time.

        Raises:
            NoWarehouse: there is nothing to show yet.
            ReportNotWritten: the report could not be made.
        """
        return self._keep("report", _render_report_apart)

    def make_trial(self, text: str) -> Page:
        """Return the page of a trial.

        Args:
            text: its NCT number, as people write it.

        Raises:
            BadNctNumber: the text is not an NCT number.
            NoWarehouse: there is nothing to show yet.
            TrialNotHeld: the warehouse does not hold the trial.
        """
        nct_id = NctId.parse(text)
        published = self._find_published()
        with self.reading, open_read_only(published.path) as connection:
            found = find_trials(connection, [nct_id])
            details = read_trial_details(connection, [each.values["nct_id"] for each in found.summaries])
        for number, reason in found.missing.items():
            raise TrialNotHeld(
                f"{name_missing(number, reason)} is not in the warehouse",
                next_step=f"fetch it with `aclf backfill {number}`",
            )
        pages = [make_trial_page(summary, details[summary.values["nct_id"]]) for summary in found.summaries]
        return Page(render_trial_pages(pages).encode(), published.tag)

    def make_feed(self) -> Page:
        """Return the Atom feed of the news; it is made when the file is another than the last time.

        Raises:
            NoWarehouse: there is nothing to show yet.
        """
        return self._keep("feed", self._read_feed)

    def _read_feed(self, warehouse: Path) -> bytes:
        with self.reading:
            return make_feed(warehouse)

    def _find_published(self) -> PublishedFile:
        published = _find_published_file(self._paths)
        if published is None:
            with self.reading:
                raise _make_not_yet(self._paths)
        return published

    def _keep(self, name: str, make: Callable[[Path], bytes]) -> Page:
        """Return a page that was made from the published file before, or make it; others wait while it is made."""
        with self._making:
            published = self._find_published()
            kept = self._kept.get(name)
            if kept is None or kept.tag != published.tag:
                kept = self._kept[name] = Page(make(published.path), published.tag)
            return kept


def _find_published_file(paths: Paths) -> PublishedFile | None:
    """Return the file that is published now, or None if nothing is."""
    try:
        path = paths.warehouse.resolve(strict=True)
        state = path.stat()
    # A link that leads back to itself is a RuntimeError.
    except (OSError, RuntimeError):
        return None
    # A published file is never written again. Another copy in its place has another time or size.
    words = f"{path} {state.st_ino} {state.st_mtime_ns} {state.st_size} {version('aclf-trials')}"
    return PublishedFile(path, sha256(words.encode()).hexdigest()[:16])


def _make_not_yet(paths: Paths) -> NoWarehouse:
    """Return the error that says why nothing is published, as far as the store knows."""
    if paths.warehouse.is_symlink():
        return NoWarehouse(
            f"the warehouse {paths.warehouse} is a link to a file that is not there",
            next_step="run `aclf check`, which says how to go back to a sound file",
        )
    failure = None
    with suppress(NoWarehouse), open_newest(paths) as newest:
        failure = read_newest_failure(newest)
    if failure:
        return NoWarehouse(
            f"nothing is published yet, because run {failure['run_id']} failed",
            stands=failure["message"].rstrip("."),
            next_step="the next sync tries again: start one on Prefect's pages, or wait for the night",
        )
    return NoWarehouse(
        "nothing is published yet",
        stands="the first sync begins as soon as the schedule runs",
        next_step="load this page again in a minute",
    )


def _render_report_apart(warehouse: Path) -> bytes:
    """Return the report, made in a process of its own.

    Its libraries take 100 MB, which this process would hold for months, and what goes wrong in them does not end the
    schedule.
    """
    context = multiprocessing.get_context("spawn")
    try:
        with ProcessPoolExecutor(1, context, _ignore_ctrl_c) as executor:
            return executor.submit(_render_report, warehouse).result()
    except ReportNotWritten as error:
        raise ReportNotWritten(
            error.happened, stands="the warehouse has not changed", next_step="run `aclf report report.html` to see why"
        ) from error
    except BrokenProcessPool:
        raise ReportNotWritten(
            "the process that made the report was ended from outside",
            stands="the warehouse has not changed",
            next_step="load the page again, and look at the machine's memory if this comes back",
        ) from None


def _render_report(warehouse: Path) -> bytes:
    with TemporaryDirectory(prefix="aclf-report-") as folder:
        file = Path(folder) / "report.html"
        write_report(warehouse, file)
        return file.read_bytes()


def _ignore_ctrl_c() -> None:
    """Leave Ctrl-C to the schedule; a terminal sends it to this process too."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)
