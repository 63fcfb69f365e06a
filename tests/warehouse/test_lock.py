"""One run at a time works on a warehouse: a second run ends at once and names the first, or waits if it should."""

from __future__ import annotations

import re
import signal
import subprocess
import sys
import threading

import pytest

from tests.support.folders import ROOT
from tests.support.warehouses import make_member_study
from warehouse.errors import Busy
from warehouse.lock import hold_lock
from warehouse.paths import Paths

HOLDER = """
import sys
from pathlib import Path
from warehouse.lock import hold_lock
from warehouse.paths import Paths

with hold_lock(Paths.of(Path(sys.argv[1])), "aclf sync"):
    print("held", flush=True)
    sys.stdin.readline()
"""
BUSY_MESSAGE = r"another run holds the lock \(aclf sync since \d{4}-\d\d-\d\d \d\d:\d\d:\d\d UTC, process (\d+)\)"


@pytest.fixture
def holder(warehouse):
    """Another process that holds the warehouse's lock until it reads a line."""
    warehouse.serve(make_member_study(1))
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
def test_second_run_names_the_lock_holder(warehouse, holder, command):
    """A second run of any command ends at once, sends no request, and names the process and time of the first run."""
    with pytest.raises(Busy, match=BUSY_MESSAGE) as raised:
        warehouse.sync() if command == "sync" else warehouse.backfill("NCT00000001")
    assert re.search(BUSY_MESSAGE, str(raised.value))[1] == str(holder.pid)
    assert raised.value.exit_code == 75
    assert "--wait" in str(raised.value)
    assert warehouse.server.requests == []
    assert not warehouse.path.exists()


@pytest.mark.fault(43)
def test_killed_holder_frees_the_lock(warehouse, holder):
    """The lock of a killed process is free, although its note is still there, and nobody has to remove anything."""
    holder.kill()
    assert holder.wait() == -signal.SIGKILL
    assert warehouse.sync()["outcome"] == "published"


@pytest.mark.fault(42)
def test_short_wait_ends_in_busy(warehouse, holder):
    """A run that waits for less time than the first run takes ends with the same message as one that does not wait."""
    with pytest.raises(Busy, match=BUSY_MESSAGE):
        warehouse.sync(wait=0.01)
    assert warehouse.server.requests == []


@pytest.mark.fault(42)
def test_waiting_run_continues_when_the_lock_is_free(warehouse, holder):
    """With --wait the second run sends its first request only after the first run has ended, and then publishes."""
    waiter, look_again = threading.get_ident(), threading.Event()
    sent_before_the_end = []

    def end_the_holder():
        while not is_waiting_for_a_lock(waiter):
            look_again.wait(0.01)
        sent_before_the_end.extend(warehouse.server.requests)
        holder.stdin.write("end\n")
        holder.stdin.flush()

    thread = threading.Thread(target=end_the_holder, daemon=True)
    thread.start()
    summary = warehouse.sync(wait=60)
    thread.join()
    assert summary["outcome"] == "published"
    assert sent_before_the_end == []
    assert holder.wait() == 0


def is_waiting_for_a_lock(thread_id: int) -> bool:
    """Return whether a thread is inside the lock's library now."""
    frame = sys._current_frames().get(thread_id)
    while frame and "filelock" not in frame.f_code.co_filename:
        frame = frame.f_back
    return frame is not None


def test_lock_is_free_after_a_run_that_failed(warehouse):
    """A run that failed has released the lock and removed its note."""
    paths = Paths.of(warehouse.path)
    before = set(paths.state.iterdir())
    with pytest.raises(ZeroDivisionError), hold_lock(paths, "aclf sync"):
        raise ZeroDivisionError
    with hold_lock(paths, "aclf sync"):
        assert set(paths.state.iterdir()) - before - {paths.lock}
    assert set(paths.state.iterdir()) - before == {paths.lock}


def test_two_warehouses_do_not_wait_for_each_other(warehouse, holder, make_warehouse):
    """The lock belongs to one warehouse, so a run on another warehouse continues."""
    other = make_warehouse()
    other.serve(make_member_study(1))
    assert other.sync()["outcome"] == "published"
