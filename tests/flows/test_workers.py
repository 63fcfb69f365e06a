"""Parts made in line and by worker processes are the same, and a worker that dies costs only its own request."""

from __future__ import annotations

import json
import os
import resource
import signal
import subprocess
import sys
from pathlib import Path

import pytest

from extract.errors import LandingFailed
from extract.landing import LandedReply
from flows import workers
from flows.errors import InternalError, WorkerDied, WorkersUnusable
from flows.part_jobs import PartRequest
from flows.workers import InLine, WorkerPool, count_workers, open_executor
from tests.support.disturbed_workers import list_workers, wait_until_ended
from tests.support.warehouses import make_five_members, make_member_study
from warehouse.errors import MemoryExhausted
from warehouse.part_files import open_part

PARENT = """
import sys
from flows.workers import WorkerPool

with WorkerPool(2):
    print("started", flush=True)
    sys.stdin.read()
"""


@pytest.fixture(scope="module")
def pool():
    """Yield two workers, which several tests use, one after the other."""
    with WorkerPool(2) as executor:
        yield executor


@pytest.fixture
def list_own_workers():
    """Return a function that lists the worker processes that the test has started."""
    before = list_workers(os.getpid())
    return lambda: list_workers(os.getpid()) - before


def land(folder, *studies):
    """Write a reply with these studies, and return it as landed."""
    numbers = tuple(study["protocolSection"]["identificationModule"]["nctId"] for study in studies)
    file = folder / f"{'-'.join(numbers)}.json"
    file.write_text(json.dumps({"studies": studies}))
    return LandedReply(file, numbers)


def make_request(folder, name="p.arrow"):
    """Return a request for a part of two replies, one of which cannot be read."""
    broken = folder / "broken.json"
    broken.write_text('{"studies": [')
    replies = (land(folder, *make_five_members()), LandedReply(broken, ("NCT00000009",)))
    return PartRequest(replies, folder / "parts" / name)


def make_endless_request(folder, name="endless.arrow"):
    """Return a request that keeps a worker busy until somebody writes to the file of its reply."""
    pipe = folder / f"{name}.json"
    os.mkfifo(pipe)
    return PartRequest((LandedReply(pipe, ("NCT00000001",)),), folder / "parts" / name)


def wait_until_begun(request):
    """Wait until a worker reads the reply of an endless request, and return the file that keeps it reading."""
    return request.replies[0].file.open("wb")


def read_tables(file):
    """Return every table of a part, by name."""
    part = open_part(file)
    return {name: part.read(name) for name in part.streams}


def test_parts_made_in_line_and_by_workers_are_the_same(tmp_path, pool):
    """The files are equal byte for byte, and both say which reply could not be used."""
    made = {}
    for name, executor in (("line", InLine()), ("pool", pool)):
        (tmp_path / name).mkdir()
        made[name] = executor.submit(make_request(tmp_path / name)).result()
    assert made["line"].file.read_bytes() == made["pool"].file.read_bytes()
    assert made["line"].unusable == made["pool"].unusable == open_part(made["pool"].file).unusable
    assert [name for name, _ in made["pool"].unusable] == ["broken.json"]
    assert open_part(made["pool"].file).record_count == 5


def test_many_parts_at_once_are_each_their_own(tmp_path, pool):
    """Requests that wait for the same workers get the part that they asked for."""
    studies = [make_member_study(number) for number in range(1, 21)]
    requests = [
        PartRequest((land(tmp_path, study),), tmp_path / "parts" / f"{number}.arrow")
        for number, study in enumerate(studies)
    ]
    made = [pool.submit(request) for request in requests]
    for request, future in zip(requests, made, strict=True):
        assert future.result().file == request.file
        assert open_part(request.file).read("records")["nct_id"].to_pylist() == list(request.replies[0].asked)


@pytest.mark.parametrize("together", [False, True], ids=["one after the other", "at the same time"])
def test_two_may_ask_for_the_same_part(tmp_path, pool, together):
    """Both get it, and one whole part is there."""
    request = make_request(tmp_path)
    first = pool.submit(request)
    if not together:
        first.result()
    second = pool.submit(request)
    assert first.result() == second.result()
    assert [file.name for file in request.file.parent.iterdir()] == ["p.arrow"]


def test_a_killed_worker_costs_its_own_request(tmp_path, list_own_workers):
    """What the worker was at fails with the signal's name and leaves no file; what waited, and what comes, is made."""
    with WorkerPool(1) as pool:
        (worker,) = list_own_workers()
        endless = make_endless_request(tmp_path)
        spoilt, waiting = pool.submit(endless), pool.submit(make_request(tmp_path, "waiting.arrow"))
        with wait_until_begun(endless):
            os.kill(worker, signal.SIGKILL)
            with pytest.raises(
                WorkerDied, match=r"was ended by SIGKILL before .*; run the command again, with --workers"
            ):
                spoilt.result()
        assert open_part(waiting.result().file).record_count == 5
        assert open_part(pool.submit(make_request(tmp_path, "later.arrow")).result().file).record_count == 5
        assert list_own_workers() != {worker}
        assert sorted(file.name for file in (tmp_path / "parts").iterdir()) == ["later.arrow", "waiting.arrow"]
    assert list_own_workers() == set()


def test_a_worker_killed_while_it_waits_costs_nothing(tmp_path, list_own_workers):
    """The next request gets another worker."""
    with WorkerPool(1) as pool:
        pool.submit(make_request(tmp_path)).result()
        (worker,) = list_own_workers()
        os.kill(worker, signal.SIGKILL)
        wait_until_ended({worker})
        assert open_part(pool.submit(make_request(tmp_path, "next.arrow")).result().file).record_count == 5


def test_a_worker_without_memory_is_replaced(tmp_path, list_own_workers):
    """A worker that may not take any more memory costs its request; the next request gets a worker that may."""
    # Most libraries say so where they get no memory; some crash, and then the worker's end is what is told.
    what_it_costs = (MemoryExhausted, WorkerDied)
    words = "more memory than there is|was ended by SIG(SEGV|ABRT)"
    with WorkerPool(1) as pool:
        pool.submit(PartRequest((), tmp_path / "empty.arrow")).result()
        (worker,) = list_own_workers()
        resource.prlimit(worker, resource.RLIMIT_DATA, (1_000_000, 1_000_000))
        with pytest.raises(what_it_costs, match=words):
            pool.submit(make_request(tmp_path)).result()
        assert open_part(pool.submit(make_request(tmp_path)).result().file).record_count == 5
        assert list_own_workers() != {worker}


def test_a_worker_that_does_not_start_says_why(tmp_path, monkeypatch):
    """The last line that it printed is in the sentence."""
    program = tmp_path / "python"
    program.write_text("#!/bin/sh\necho 'Traceback' >&2\necho 'ImportError: no such thing' >&2\nexit 3\n")
    program.chmod(0o700)
    monkeypatch.setattr(sys, "executable", str(program))
    with WorkerPool(1) as pool, pytest.raises(WorkersUnusable, match=r"exit code 3 .*\(ImportError: no such thing\)"):
        pool.submit(make_request(tmp_path)).result()


def test_workers_end_with_the_process_that_started_them(tmp_path):
    """When it is killed, none of its workers stays."""
    with subprocess.Popen([sys.executable, "-c", PARENT], stdin=subprocess.PIPE, stdout=subprocess.PIPE) as parent:
        assert parent.stdout.readline() == b"started\n"
        started = list_workers(parent.pid)
        parent.kill()
    assert len(started) == 2
    wait_until_ended(started)


def test_the_end_drops_what_waits_and_what_is_under_way(tmp_path, list_own_workers):
    """A request that no worker has begun is cancelled, and a worker does not finish its part."""
    endless = make_endless_request(tmp_path)
    with WorkerPool(1) as pool:
        begun, waiting = pool.submit(endless), pool.submit(make_request(tmp_path))
        opened = wait_until_begun(endless)
    opened.close()
    assert waiting.cancelled()
    assert isinstance(begun.exception(), WorkersUnusable)
    assert list_own_workers() == set()


def test_the_end_kills_a_worker_that_hangs(tmp_path, monkeypatch, list_own_workers):
    """A worker that the system has stopped cannot end by itself."""
    monkeypatch.setattr(workers, "_LONGEST_END_SECONDS", 0.01)
    with WorkerPool(1) as pool:
        (worker,) = list_own_workers()
        os.kill(worker, signal.SIGSTOP)
        pool.submit(make_request(tmp_path))
    assert list_own_workers() == set()


def test_ctrl_c_does_not_reach_a_worker(pool):
    """Workers are not in the terminal's group of processes: the process that started them ends them."""
    started = list_workers(os.getpid())
    assert len(started) == 2
    assert all(os.getpgid(worker) == worker for worker in started)


def test_a_worker_does_not_import_pandas(tmp_path, pool):
    """Not even through pyarrow, which does so where it can."""
    for name in ("one", "two"):
        pool.submit(make_request(tmp_path, name)).result()
    maps = [Path(f"/proc/{worker}/maps").read_text() for worker in list_workers(os.getpid())]
    assert all("pyarrow" in text and "pandas" not in text for text in maps)


def test_a_fault_comes_back_as_an_error(tmp_path, pool):
    """What making a part raises is in the future, in line as it was and from a worker with its text and traceback."""
    request = PartRequest((LandedReply(tmp_path / "gone.json", ()),), tmp_path / "p.arrow")
    with pytest.raises(FileNotFoundError):
        InLine().submit(request).result()
    with pytest.raises(InternalError, match=r"FileNotFoundError: .*gone\.json") as failed:
        pool.submit(request).result()
    assert "part_jobs.py" in failed.value.__notes__[0]


def test_a_part_that_cannot_be_written_says_so(tmp_path, pool):
    """The sentence is the same in line and from a worker."""
    (tmp_path / "parts").write_text("in the way")
    errors = [executor.submit(make_request(tmp_path)).exception() for executor in (InLine(), pool)]
    assert [type(error) for error in errors] == [LandingFailed, LandingFailed]
    assert str(errors[0]) == str(errors[1])
    assert "File exists; nothing was published" in str(errors[0])


@pytest.mark.parametrize(
    ("setting", "records", "cores", "expected"),
    [
        (None, 399, 8, 0),
        (None, 400, 8, 4),
        (None, 400, 4, 3),
        (None, 400, 2, 1),
        (None, 400, 1, 1),
        (0, 100_000, 8, 0),
        (7, 1, 1, 7),
    ],
)
def test_the_number_of_workers(monkeypatch, setting, records, cores, expected):
    """In line below 400 records, else one fewer than the cores, from one to four; a setting counts before that."""
    monkeypatch.setattr(os, "sched_getaffinity", lambda _: set(range(cores)))
    assert count_workers(setting, records) == expected


def test_no_worker_means_in_line():
    """With no worker the executor is the one that starts no process."""
    assert isinstance(open_executor(0), InLine)
