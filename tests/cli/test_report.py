"""`aclf report` and a sync write the report to a file and say so; if they cannot, they touch nothing else."""

from __future__ import annotations

import pytest

from flows.pages.report import write_report
from tests.support.command_line import CommandLine
from tests.support.html_page import HtmlPage


@pytest.fixture(scope="module")
def sample(tmp_path_factory):
    """Return the command line, in a folder with the synced sample and a report beside the warehouse."""
    aclf = CommandLine(tmp_path_factory.mktemp("report") / "here", ACLF_REPORT="night.html", ACLF_REGISTRY="sample")
    aclf.synced = aclf("sync", "--direct")
    return aclf


def test_a_sync_writes_the_report_too(sample):
    """With ACLF_REPORT a sync writes the same report as `aclf report`, after it has published, and says where."""
    assert (sample.synced.code, sample.synced.err) == (0, "")
    assert f"report            {sample.folder / 'night.html'}" in sample.synced.out
    written = sample("report", "mine.html", "--json").document
    assert (written["trials"], written["data_timestamp"]) == (73, "2026-09-10T09:00:04")
    assert (sample.folder / "night.html").read_bytes() == (sample.folder / "mine.html").read_bytes()
    assert written["bytes"] == (sample.folder / "mine.html").stat().st_size


def test_the_sample_is_marked(sample, synced_warehouse, tmp_path):
    """A page of the sample says that it is not a source on any trial; a page of other records does not."""
    marked = HtmlPage((sample.folder / "night.html").read_text())
    assert "Sample These records are those of the sample registry" in marked.text
    assert "not a source on any trial" in marked.text
    write_report(synced_warehouse.path, tmp_path / "other.html")
    assert "not a source on any trial" not in HtmlPage((tmp_path / "other.html").read_text()).text


def test_a_report_that_fails_does_not_fail_the_run(synced_aclf):
    """If the report cannot be put in place, the data is still published: exit 0, and one sentence about the report."""
    run = synced_aclf("sync", "--direct", "--json", ACLF_REPORT="/dev/full/report.html")
    assert run.code == 2
    run = synced_aclf("sync", "--direct", "--json", ACLF_REPORT="/proc/report.html")
    assert (run.code, run.document["outcome"]) == (0, "unchanged")
    assert run.err.startswith("aclf: the report /proc/report.html could not be written")
    assert run.err.count("\n") == 1
    assert run.document["report_failure"] in run.err


@pytest.mark.parametrize("file", [".", "nowhere/report.html"])
@pytest.mark.parametrize("command", [["report"], ["sync", "--direct", "--report"]], ids=["report", "sync"])
def test_a_path_that_cannot_be_a_file_is_refused(synced_aclf, command, file):
    """A folder, or a file in a folder that does not exist, ends with 2 before anything is done."""
    before = synced_aclf.files()
    run = synced_aclf(*command, file)
    assert (run.code, run.out, run.err.count("\n")) == (2, "", 1)
    assert "no report can be written to" in run.err
    assert synced_aclf.files() == before


def test_without_a_warehouse_it_says_what_to_do(aclf):
    """If nothing is published yet, the message says to sync first, and nothing is written."""
    run = aclf("report", "report.html")
    assert run.code == 2
    assert "run `aclf sync` first" in run.err
    assert aclf.files() == set()
