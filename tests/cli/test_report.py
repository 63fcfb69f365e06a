"""`aclf report` and a sync write the report to a file, and say so; where they cannot, nothing else is touched."""

from __future__ import annotations

import pytest

from flows.pages.report import write_report
from tests.support.command_line import CommandLine
from tests.support.html_page import HtmlPage


@pytest.fixture(scope="module")
def sample(tmp_path_factory):
    """The command line, in a folder that was synced from the sample with a report beside the warehouse."""
    aclf = CommandLine(tmp_path_factory.mktemp("report") / "here", ACLF_REPORT="night.html", ACLF_REGISTRY="sample")
    aclf.synced = aclf("sync", "--direct")
    return aclf


def test_a_sync_writes_it_too(sample):
    """With ACLF_REPORT a sync writes the report after it has published, and says where, as `aclf report` does."""
    assert (sample.synced.code, sample.synced.err) == (0, "")
    assert f"report            {sample.folder / 'night.html'}" in sample.synced.out
    told = sample("report", "mine.html", "--json").document
    assert (told["trials"], told["data_timestamp"]) == (73, "2026-09-10T09:00:04")
    assert (sample.folder / "night.html").read_bytes() == (sample.folder / "mine.html").read_bytes()
    assert told["bytes"] == (sample.folder / "mine.html").stat().st_size


def test_the_sample_is_marked(sample, synced, tmp_path):
    """A page of the sample's records says that it is no source on any trial; a page of others says nothing of it."""
    marked = HtmlPage((sample.folder / "night.html").read_text())
    assert "Sample These records are those of the sample registry" in marked.text
    write_report(synced.path, tmp_path / "other.html", synced.job("sync").condition_set)
    assert "no source on any trial" not in HtmlPage((tmp_path / "other.html").read_text()).text


def test_a_report_that_fails_does_not_fail_the_run(held):
    """Where it cannot be put in place the data is published all the same: exit 0, and one sentence that says so."""
    place = held.folder / "locked"
    place.mkdir()
    (place / "report.html").mkdir()
    run = held("sync", "--direct", "--json", ACLF_REPORT="/dev/full/report.html")
    assert run.code == 2
    run = held("sync", "--direct", "--json", ACLF_REPORT="/proc/report.html")
    assert (run.code, run.document["outcome"]) == (0, "unchanged")
    assert run.err.startswith("aclf: the report /proc/report.html could not be written")
    assert run.err.count("\n") == 1
    assert run.document["report_failure"] in run.err


@pytest.mark.parametrize("file", [".", "nowhere/report.html"])
@pytest.mark.parametrize("command", [["report"], ["sync", "--direct", "--report"]], ids=["report", "sync"])
def test_a_place_where_no_file_can_be_is_refused(held, command, file):
    """A folder, or a file in no folder, ends with 2 before anything is done."""
    before = held.files()
    run = held(*command, file)
    assert (run.code, run.out, run.err.count("\n")) == (2, "", 1)
    assert "no report can be written to" in run.err
    assert held.files() == before


def test_without_a_warehouse_it_says_what_to_do(aclf):
    """Where nothing is published yet, the sentence says to sync first, and nothing is written."""
    run = aclf("report", "report.html")
    assert run.code == 2
    assert "run `aclf sync` first" in run.err
    assert aclf.files() == set()
