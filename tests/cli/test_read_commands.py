"""The commands that read end in one sentence too: where a person ends them, and where what is asked is no text."""

from __future__ import annotations

import os
import signal
from pathlib import Path
from threading import Event

import pytest

from flows.cli.app import main
from tests.support.command_line import ended
from warehouse.aact.asking import SESSION, run_aact_query
from warehouse.connect import open_read_only
from warehouse.errors import NotUnderstood
from warehouse.paths import Paths

ENDLESS = "select count(*) from range(1000000) a, range(1000000) b where a.range % 7 = b.range % 3"
BUSY_SECONDS = 3.0
LOOK_SECONDS = 0.05


def busy(process):
    """Waits until a process has computed for some seconds, which no start-up takes."""
    while sum(map(int, Path(f"/proc/{process.pid}/stat").read_text().split()[13:15])) < BUSY_SECONDS * os.sysconf(
        "SC_CLK_TCK"
    ):
        assert process.poll() is None, ended(process)
        Event().wait(LOOK_SECONDS)


@pytest.mark.quick(1)
@pytest.mark.parametrize(("number", "code"), [(signal.SIGINT, 130), (signal.SIGTERM, 143)], ids=["Ctrl-C", "SIGTERM"])
def test_a_long_query_ends_when_it_is_told_to(held, number, code):
    """Ctrl-C and SIGTERM end a query that would run for hours, at once, with their code and one sentence."""
    process = held.start("query", ENDLESS)
    busy(process)
    process.send_signal(number)
    run = ended(process)
    assert (run.code, run.out) == (code, ""), run
    assert run.err.startswith("aclf: the run was interrupted; ")
    assert run.err.count("\n") == 1


@pytest.mark.quick(1)
@pytest.mark.parametrize("flags", [[], ["--aact"], ["--as-of", "2026-09-12"]], ids=["plain", "aact", "as of"])
def test_a_statement_that_is_no_text_is_refused(held, flags):
    """Bytes that are not UTF-8 end with 2 and one sentence, as an argument and as a file."""
    (held.folder / "no_text.sql").write_bytes(b"select '\xff'")
    for statement in (["select '\udcff'"], ["-f", "no_text.sql"]):
        run = held("query", *flags, *statement)
        assert (run.code, run.out) == (2, "")
        assert run.err.startswith("aclf: the statement is not UTF-8 (")
        assert run.err.count("\n") == 1


def test_a_statement_nested_beyond_reason_is_refused(of_aact):
    """Thousands of brackets are more than the reading of PostgreSQL's SQL bears, and no fault of this program."""
    with (
        open_read_only(of_aact.path, SESSION) as connection,
        pytest.raises(NotUnderstood, match="nested beyond reason"),
    ):
        run_aact_query(connection, f"select {'(' * 5000}1{')' * 5000}")


def test_a_fault_of_this_program_ends_in_a_sentence_too(monkeypatch, capsys):
    """Behind the traceback, which is for its author, stands on one line what happened and what to do."""

    def broken(_: object) -> None:
        raise RuntimeError("torn\nin two \x1b[31m")

    monkeypatch.setattr(Paths, "of", broken)
    monkeypatch.setattr("sys.argv", ["aclf", "runs"])
    with pytest.raises(SystemExit) as left:
        main()
    *traceback, last = capsys.readouterr().err.splitlines()
    assert left.value.code == 1
    assert traceback[0].startswith("Traceback")
    assert last.startswith("aclf: the run met a fault of this program (RuntimeError: torn in two [31m); ")
    assert last.endswith("report it with its traceback if it fails again.")
