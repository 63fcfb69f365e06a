"""Pages come from one published file each, while others replace it, and stay out of the way of a publish."""

from __future__ import annotations

import os
import shutil
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from threading import Event

import pytest

from extract.sample.nights import load_night
from flows.schedule import published_pages
from flows.schedule.published_pages import PublishedPages
from tests.support.pages import open_pages
from warehouse.errors import ReportNotWritten
from warehouse.paths import Paths

SEED = "NCT03863002"


@pytest.fixture
def pages(synced_aclf):
    """The pages of a warehouse with the first night."""
    return PublishedPages(Paths.of(synced_aclf.warehouse))


@pytest.fixture
def rendered(monkeypatch):
    """The files of which a report was made, with a report that is only the name of its file."""
    files = []

    def render(file):
        files.append(file)
        return str(file).encode()

    monkeypatch.setattr(published_pages, "_render_report_apart", render)
    return files


def test_the_report_is_made_once_a_night(pages, synced_aclf, registry, rendered):
    """Requests of one night share a report; after a publish the next request makes another, with another tag."""
    first = [pages.make_report() for _ in range(3)]
    assert len(rendered) == 1
    assert {page.tag for page in first} == {first[0].tag}
    registry.contents = load_night(2)
    assert synced_aclf("sync", "--direct").code == 0
    second = pages.make_report()
    assert len(rendered) == 2
    assert second.tag != first[0].tag
    assert rendered[1] == synced_aclf.warehouse.resolve()


def test_requests_at_the_same_time_share_one_report(pages, monkeypatch):
    """While a report is made, others wait for it and do not make their own."""
    made, go = [], Event()

    def render(file):
        made.append(file)
        assert go.wait(60)
        return b"report"

    monkeypatch.setattr(published_pages, "_render_report_apart", render)
    with ThreadPoolExecutor(4) as pool:
        asked = [pool.submit(pages.make_report) for _ in range(4)]
        go.set()
        assert [future.result().body for future in asked] == [b"report"] * 4
    assert len(made) == 1


def test_a_report_that_fails_is_tried_again(pages, monkeypatch):
    """A failure is not kept, and its sentence names what stands."""

    def fail(_):
        raise ReportNotWritten("the report could not be drawn")

    monkeypatch.setattr(published_pages, "_render_report_apart", fail)
    for _ in range(2):
        with pytest.raises(ReportNotWritten):
            pages.make_report()
    monkeypatch.undo()
    assert b"<title>" in pages.make_report().body


def test_a_process_that_is_killed_while_it_draws_is_told(monkeypatch, pages):
    """The schedule goes on, and the sentence says what to look at."""
    monkeypatch.setattr(published_pages, "_render_report", _die)
    with pytest.raises(ReportNotWritten, match="ended from outside"):
        pages.make_report()


def _die(_):
    os._exit(9)


def test_no_request_fails_while_the_warehouse_is_replaced(aclf_after_both_nights, tmp_path):
    """Readers in several threads get a whole page of the one night or of the other, at each turn of the link."""
    shutil.copytree(aclf_after_both_nights.folder, tmp_path, symlinks=True, dirs_exist_ok=True)
    warehouse = tmp_path / "aclf.duckdb"
    nights = [tmp_path / ".aclf" / "published" / f"run-{number:06}" / warehouse.name for number in (1, 2)]
    expected = set()
    with open_pages(warehouse) as served, ThreadPoolExecutor(4) as pool:

        def read(number):
            reply = served.get((f"/{SEED}", "/health", f"/{SEED}", "/metrics")[number % 4])
            return reply.status_code, reply.headers.get("etag")

        asked = []
        for number in range(16):
            turned = tmp_path / "turned"
            turned.symlink_to(nights[number % 2])
            turned.replace(warehouse)
            if number < 2:
                expected.add(served.get(f"/{SEED}").headers["etag"])
            asked.append(pool.submit(read, number))
        answers = [future.result() for future in asked]
    assert {status for status, _ in answers} == {200}
    assert {tag for _, tag in answers if tag} <= expected
    assert len(expected) == 2


@pytest.mark.slow
def test_a_night_is_published_while_pages_are_read(synced_aclf, registry):
    """No request fails during a sync, the sync publishes, and the next request shows its night."""
    stop = Event()
    with open_pages(synced_aclf.warehouse) as served, ThreadPoolExecutor(2) as pool:

        def read_on(path):
            statuses = set()
            while not stop.is_set():
                statuses.add(served.get(path).status_code)
            return statuses

        before = served.get(f"/{SEED}").headers["etag"]
        readers = [pool.submit(read_on, path) for path in (f"/{SEED}", "/metrics")]
        try:
            registry.contents = load_night(2)
            summary = synced_aclf("sync", "--direct", "--json").document
        finally:
            stop.set()
        assert [reader.result() for reader in readers] == [{200}, {200}]
        assert served.get(f"/{SEED}").headers["etag"] != before
    assert summary["outcome"] == "published"


def test_no_connection_is_left_open(pages, synced_aclf):
    """After a request no file of the warehouse is held, so a folder of an old night can be removed."""
    pages.make_trial(SEED)
    # A descriptor of the listing itself is gone when it is asked about.
    held = [os.path.realpath(each) for each in Path("/proc/self/fd").iterdir()]
    assert [file for file in held if str(synced_aclf.folder) in file] == []
