"""What has landed is whole and is not fetched twice; what has not landed whole is as if it had never come."""

from __future__ import annotations

import errno
import os
import signal
import stat
import subprocess
import sys
from pathlib import Path

import pytest

from extract.errors import LandingFailed
from extract.files import write_whole
from extract.landing import Landing
from extract.nct import NctId

A, B, C = (NctId(f"NCT0000000{number}") for number in (1, 2, 3))
QUESTION = ("https://registry.example/api/v2", "2026-09-11T09:00:04", "digest")


class Fetch:
    """Gives a body for some ids and remembers which it was asked for."""

    def __init__(self) -> None:
        self.asked: list[tuple[NctId, ...]] = []

    def __call__(self, ids):
        self.asked.append(tuple(ids))
        return ",".join(ids).encode()


def test_a_batch_lands_and_is_read_from_disk(tmp_path):
    """The first time a batch is fetched; then its file is used, by any later run with the same question."""
    fetch = Fetch()
    first = Landing.for_run(tmp_path, *QUESTION)
    path = first.batch([A, B], fetch)
    assert path.read_bytes() == b"NCT00000001,NCT00000002"
    second = Landing.for_run(tmp_path, *QUESTION)
    assert second.batch([A, B], fetch) == path
    assert fetch.asked == [(A, B)]


def test_the_order_of_the_ids_does_not_matter(tmp_path):
    """The same ids are the same batch."""
    landing, fetch = Landing(tmp_path), Fetch()
    assert landing.batch([A, B], fetch) == landing.batch([B, A], fetch)
    assert len(fetch.asked) == 1


def test_other_ids_are_another_batch(tmp_path):
    """A batch that shares only some ids is fetched for itself."""
    landing, fetch = Landing(tmp_path), Fetch()
    paths = {landing.batch(ids, fetch) for ids in ([A], [A, B], [B, C], [A, B, C])}
    assert len(paths) == len(fetch.asked) == 4


@pytest.mark.parametrize("place", range(3))
def test_another_question_does_not_see_it(tmp_path, place):
    """Another registry, another night or an edited condition set has a landing of its own."""
    fetch = Fetch()
    Landing.for_run(tmp_path, *QUESTION).batch([A], fetch)
    other = [*QUESTION]
    other[place] += "x"
    Landing.for_run(tmp_path, *other).batch([A], fetch)
    assert len(fetch.asked) == 2


def test_a_failed_fetch_leaves_nothing(tmp_path):
    """When the registry fails, the batch has not landed and the others still have."""
    landing, fetch = Landing(tmp_path), Fetch()
    landing.batch([A], fetch)

    def fail(_ids):
        raise ConnectionError

    with pytest.raises(ConnectionError):
        landing.batch([B], fail)
    assert len(list(tmp_path.iterdir())) == 1


def test_a_cleared_landing_is_gone(tmp_path):
    """Clearing removes the folder with all in it, and may be done twice."""
    landing = Landing.for_run(tmp_path, *QUESTION)
    landing.batch([A], Fetch())
    landing.clear()
    landing.clear()
    assert list(tmp_path.iterdir()) == []


KILLED = """
import os, signal, sys
from pathlib import Path
from extract.landing import Landing
from extract.nct import NctId

def die(*args):
    os.kill(os.getpid(), signal.SIGKILL)

step, folder = sys.argv[1:]
if step == "fetch":
    fetch = die
else:
    fetch = lambda ids: b"whole"
    if step == "write":
        os.fsync = die
    else:
        Path.replace = die
Landing(Path(folder)).batch([NctId("NCT00000001")], fetch)
"""


@pytest.mark.parametrize(("step", "stray_files"), [("fetch", 0), ("write", 1), ("rename", 1)])
def test_a_run_killed_at_any_step_leaves_no_half_reply(tmp_path, step, stray_files):
    """Killed before the rename, the next run fetches again; a stray file is never read (fault 35)."""
    done = subprocess.run([sys.executable, "-c", KILLED, step, str(tmp_path)], check=False, timeout=60)
    assert done.returncode == -signal.SIGKILL
    assert len(list(tmp_path.iterdir())) == stray_files
    landing, fetch = Landing(tmp_path), Fetch()
    assert landing.batch([A], fetch).read_bytes() == b"NCT00000001"
    assert fetch.asked == [(A,)]


def test_a_full_disk_is_said_to_be_full(tmp_path, monkeypatch):
    """The message says so, with the size and what still stands; no half file remains (fault 39)."""

    def no_space(_descriptor):
        raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))

    monkeypatch.setattr(os, "fsync", no_space)
    with pytest.raises(LandingFailed, match=r"11 bytes .* the disk is full; nothing was published .* free some space"):
        Landing(tmp_path).batch([A], Fetch())
    assert list(tmp_path.iterdir()) == []


def test_a_folder_that_cannot_be_made_is_named(tmp_path):
    """A file where the folder should be is told as what it is."""
    (tmp_path / "landing").write_text("in the way")
    with pytest.raises(LandingFailed, match=r"landing/.*File exists"):
        Landing(tmp_path / "landing").batch([A], Fetch())


def test_a_file_is_replaced_whole(tmp_path):
    """Writing over a file leaves the new bytes, the usual permissions and no other file."""
    path = tmp_path / "file"
    write_whole(path, b"old and longer")
    write_whole(path, b"new")
    assert path.read_bytes() == b"new"
    assert list(tmp_path.iterdir()) == [path]
    plain = tmp_path / "plain"
    plain.write_bytes(b"")
    assert path.stat().st_mode == plain.stat().st_mode


def test_file_and_folder_are_flushed_in_order(tmp_path, monkeypatch):
    """The file is flushed before it takes its name and the folder after: power may fail (fault 37)."""
    steps = []
    fsync, replace = os.fsync, Path.replace

    def noted_fsync(descriptor):
        steps.append("flush folder" if stat.S_ISDIR(os.fstat(descriptor).st_mode) else "flush file")
        fsync(descriptor)

    def noted_replace(old, new):
        steps.append("rename")
        return replace(old, new)

    monkeypatch.setattr(os, "fsync", noted_fsync)
    monkeypatch.setattr(Path, "replace", noted_replace)
    write_whole(tmp_path / "file", b"data")
    assert steps == ["flush file", "rename", "flush folder"]


def test_a_failed_write_keeps_the_old_file(tmp_path, monkeypatch):
    """When the new bytes cannot be written, the old ones stay and no temporary file remains."""
    path = tmp_path / "file"
    write_whole(path, b"old")
    monkeypatch.setattr(os, "fsync", lambda _fd: (_ for _ in ()).throw(OSError(errno.EIO, "bad disk")))
    with pytest.raises(OSError, match="bad disk"):
        write_whole(path, b"new")
    assert path.read_bytes() == b"old"
    assert list(tmp_path.iterdir()) == [path]
