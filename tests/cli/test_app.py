"""The command line prepares its process before it imports what a command needs, and leaves it as it was."""

from __future__ import annotations

import gc
import os
import sys

import pytest

from flows.cli import commands
from flows.cli.app import main


@pytest.mark.parametrize(("chosen", "threads"), [(None, "1"), ("4", "4")], ids=["not set", "set by the user"])
def test_matrices_get_one_thread_unless_the_user_chose(chosen, threads, monkeypatch):
    """A command, and each process that it starts, has one thread for matrices, or as many as the user has set."""
    monkeypatch.setenv("OPENBLAS_NUM_THREADS", chosen or "")
    if not chosen:
        monkeypatch.delenv("OPENBLAS_NUM_THREADS")
    monkeypatch.setattr(sys, "argv", ["aclf", "--version"])
    with pytest.raises(SystemExit):
        main()
    assert os.environ["OPENBLAS_NUM_THREADS"] == threads


def test_the_collector_rests_while_a_command_runs(monkeypatch):
    """Python's garbage collector is off in a command, and on again after it."""
    found = []
    monkeypatch.setattr(commands, "make_app", lambda *_: lambda: found.append(gc.isenabled()))
    main()
    assert found == [False]
    assert gc.isenabled()
