"""One run at a time on one warehouse: a second is told at once who holds the lock, or waits if it was asked to."""

from __future__ import annotations

import re
import signal
import subprocess
import sys
import threading

import pytest

from tests.support.folders import ROOT
from tests.support.warehouses import ill
from warehouse.errors import Busy
from warehouse.lock import run_lock
from warehouse.paths import Paths

HOLDER = """
import sys
from pathlib import Path
from warehouse.lock import run_lock
from warehouse.paths import Places

with run_lock(Places.of(Path(sys.argv[1])), "aclf sync"):
    print("held", flush=True)
    sys.stdin.readline()
"""
TOLD = r"another run holds the lock \(aclf sync since \d{4}-\d\d-\d\d \d\d:\d\d:\d\d UTC, process (\d+)\)"


@pytest.fixture
def holder(warehouse):
    """Another process that holds the warehouse's lock until it is told to end."""
    warehouse.serve(ill(1))
    with subprocess.Popen(
        [sys.executable, "-c", HOLDER, warehouse.path],
        cwd=ROOT,
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
    ) as process:
        assert process.stdout.readline() == "held\n"
        yield process
        process.kill()


@pytest.mark.fault(42)
@pytest.mark.parametrize("command", ["sync", "backfill"])
def test_a_second_run_is_told_who_holds_the_lock(warehouse, holder, command):
    """Whatever the command, the second run ends at once, naming the first one's process and time, without a request."""
    with pytest.raises(Busy, match=TOLD) as told:
        warehouse.sync() if command == "sync" else warehouse.backfill("NCT00000001")
    assert re.search(TOLD, str(told.value))[1] == str(holder.pid)
    assert told.value.exit_code == 75
    assert "--wait" in str(told.value)
    assert warehouse.server.requests == []
    assert not warehouse.path.exists()


@pytest.mark.fault(43)
def test_a_killed_holder_frees_the_lock(warehouse, holder):
    """The lock of a process that was killed is free, whatever its note still says, and nothing has to be removed."""
    holder.kill()
    assert holder.wait() == -signal.SIGKILL
    assert warehouse.sync()["outcome"] == "published"


@pytest.mark.fault(42)
def test_a_wait_that_is_too_short_ends_in_busy(warehouse, holder):
    """Who waits for less long than the other run takes is told the same as who does not wait."""
    with pytest.raises(Busy, match=TOLD):
        warehouse.sync(wait=0.01)
    assert warehouse.server.requests == []


@pytest.mark.fault(42)
def test_a_run_that_waits_goes_on_when_the_lock_is_free(warehouse, holder):
    """With --wait the second run sends its first request only after the first run has ended, and then publishes."""
    waiter, look_again = threading.get_ident(), threading.Event()
    sent_before_the_end = []

    def end_the_holder():
        while not waits_for_a_lock(waiter):
            look_again.wait(0.01)
        sent_before_the_end.extend(warehouse.server.requests)
        holder.stdin.write("end\n")
        holder.stdin.flush()

    thread = threading.Thread(target=end_the_holder, daemon=True)
    thread.start()
    report = warehouse.sync(wait=60)
    thread.join()
    assert report["outcome"] == "published"
    assert sent_before_the_end == []
    assert holder.wait() == 0


def waits_for_a_lock(thread_id: int) -> bool:
    """Whether a thread is inside of the lock's library now."""
    frame = sys._current_frames().get(thread_id)
    while frame and "filelock" not in frame.f_code.co_filename:
        frame = frame.f_back
    return frame is not None


def test_the_lock_is_free_after_a_run_however_it_ended(warehouse):
    """A run that failed has let go of the lock and of its note."""
    paths = Paths.of(warehouse.path)
    before = set(paths.state.iterdir())
    with pytest.raises(ZeroDivisionError), run_lock(paths, "aclf sync"):
        raise ZeroDivisionError
    with run_lock(paths, "aclf sync"):
        assert set(paths.state.iterdir()) - before - {paths.lock}
    assert set(paths.state.iterdir()) - before == {paths.lock}


def test_two_warehouses_do_not_wait_for_each_other(warehouse, holder, new_warehouse):
    """The lock is one warehouse's: a run on another goes on."""
    other = new_warehouse()
    other.serve(ill(1))
    assert other.sync()["outcome"] == "published"
