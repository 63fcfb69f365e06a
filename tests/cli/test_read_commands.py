"""A reading command that is interrupted, or gets a bad statement, ends with one sentence."""

from __future__ import annotations

import os
import signal
from pathlib import Path
from threading import Event

import pytest

from flows.cli.app import main
from tests.support.command_line import wait_for_end
from warehouse.aact.asking import SESSION, run_aact_query
from warehouse.connect import open_read_only
from warehouse.errors import UnsupportedQuery
from warehouse.paths import Paths

ENDLESS = "select count(*) from range(1000000) a, range(1000000) b where a.range % 7 = b.range % 3"
BUSY_SECONDS = 3.0
LOOK_SECONDS = 0.05


def wait_until_busy(process):
    """Wait until a process has computed for some seconds, longer than any start-up."""
    while sum(map(int, Path(f"/proc/{process.pid}/stat").read_text().split()[13:15])) < BUSY_SECONDS * os.sysconf(
        "SC_CLK_TCK"
    ):
        assert process.poll() is None, wait_for_end(process)
        Event().wait(LOOK_SECONDS)


@pytest.mark.quick(1)
@pytest.mark.parametrize(("number", "code"), [(signal.SIGINT, 130), (signal.SIGTERM, 143)], ids=["Ctrl-C", "SIGTERM"])
def test_a_signal_ends_a_long_query(synced_aclf, number, code):
    """Ctrl-C and SIGTERM end a query that would run for hours, at once, with their code and one sentence."""
    process = synced_aclf.start("query", ENDLESS)
    wait_until_busy(process)
    process.send_signal(number)
    run = wait_for_end(process)
    assert (run.code, run.out) == (code, ""), run
    assert run.err.startswith("aclf: the run was interrupted; ")
    assert run.err.count("\n") == 1


@pytest.mark.quick(1)
@pytest.mark.parametrize("flags", [[], ["--aact"], ["--as-of", "2026-09-12"]], ids=["plain", "aact", "as of"])
def test_a_statement_that_is_not_utf8_is_refused(synced_aclf, flags):
    """Bytes that are not UTF-8 end with 2 and one sentence, as an argument and as a file."""
    (synced_aclf.folder / "latin.sql").write_bytes(b"select '\xff'")
    for statement in (["select '\udcff'"], ["-f", "latin.sql"]):
        run = synced_aclf("query", *flags, *statement)
        assert (run.code, run.out) == (2, "")
        assert run.err.startswith("aclf: the statement is not UTF-8 (")
        assert run.err.count("\n") == 1


def test_a_statement_that_is_nested_too_deeply_is_refused(aact_warehouse):
    """Thousands of brackets are more than the reading of PostgreSQL's SQL bears, and no fault of this program."""
    with (
        open_read_only(aact_warehouse.path, SESSION) as connection,
        pytest.raises(UnsupportedQuery, match="nested too deeply"),
    ):
        run_aact_query(connection, f"select {'(' * 5000}1{')' * 5000}")


def test_a_fault_of_this_program_ends_with_a_sentence_too(monkeypatch, capsys):
    """After the traceback, one line says what happened and what to do."""

    def fail(_: object) -> None:
        raise RuntimeError("torn\nin two \x1b[31m")

    monkeypatch.setattr(Paths, "of", fail)
    monkeypatch.setattr("sys.argv", ["aclf", "runs"])
    with pytest.raises(SystemExit) as left:
        main()
    *traceback, last = capsys.readouterr().err.splitlines()
    assert left.value.code == 1
    assert traceback[0].startswith("Traceback")
    assert last.startswith("aclf: the run met a fault of this program (RuntimeError: torn in two [31m); ")
    assert last.endswith("report it with its traceback if it fails again.")
