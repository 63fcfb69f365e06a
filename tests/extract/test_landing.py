"""A reply that has landed is complete and is not fetched twice; a reply that has not landed leaves nothing."""

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
    """Returns a body for some ids, and remembers the ids of every call."""

    def __init__(self) -> None:
        self.calls: list[tuple[NctId, ...]] = []

    def __call__(self, ids):
        self.calls.append(tuple(ids))
        return ",".join(ids).encode()


def test_a_batch_lands_and_is_read_from_disk(tmp_path):
    """A batch is fetched once; a later run with the same question uses its file."""
    fetch = Fetch()
    first = Landing.locate(tmp_path, *QUESTION)
    path = first.land_batch([A, B], fetch)
    assert path.read_bytes() == b"NCT00000001,NCT00000002"
    second = Landing.locate(tmp_path, *QUESTION)
    assert second.land_batch([A, B], fetch) == path
    assert fetch.calls == [(A, B)]


@pytest.mark.parametrize("altered", [b"NCT00000001,NCT00000009", b"NCT00000001", b"", b"{}"])
def test_an_altered_reply_is_fetched_again(tmp_path, altered):
    """A file with other bytes than those that landed counts as not landed, whatever the bytes are."""
    landing, fetch = Landing(tmp_path), Fetch()
    path = landing.land_batch([A, B], fetch)
    path.write_bytes(altered)
    assert landing.land_batch([A, B], fetch).read_bytes() == b"NCT00000001,NCT00000002"
    assert len(fetch.calls) == 2
    landing.land_batch([A, B], fetch)
    assert len(fetch.calls) == 2


@pytest.mark.parametrize("with_digests", [False, True], ids=["alone", "with their digests"])
def test_replies_that_changed_places_are_fetched_again(tmp_path, with_digests):
    """A reply under another's name counts as not landed, also if its digest moved with it."""
    landing, fetch = Landing(tmp_path), Fetch()
    first, second = landing.land_batch([A], fetch), landing.land_batch([B], fetch)
    for suffix in [".json", ".sha256"] if with_digests else [".json"]:
        kept = first.with_suffix(suffix).read_bytes()
        second.with_suffix(suffix).replace(first.with_suffix(suffix))
        second.with_suffix(suffix).write_bytes(kept)
    assert landing.land_batch([A], fetch).read_bytes() == b"NCT00000001"
    assert landing.land_batch([B], fetch).read_bytes() == b"NCT00000002"


def test_a_reply_without_its_digest_is_fetched_again(tmp_path):
    """A reply whose digest is lost, such as one of an earlier version of this program, counts as not landed."""
    landing, fetch = Landing(tmp_path), Fetch()
    landing.land_batch([A], fetch).with_suffix(".sha256").unlink()
    landing.land_batch([A], fetch)
    assert len(fetch.calls) == 2


def test_the_order_of_the_ids_does_not_matter(tmp_path):
    """The same ids are the same batch."""
    landing, fetch = Landing(tmp_path), Fetch()
    assert landing.land_batch([A, B], fetch) == landing.land_batch([B, A], fetch)
    assert len(fetch.calls) == 1


def test_other_ids_are_another_batch(tmp_path):
    """A batch that shares only some ids is fetched separately."""
    landing, fetch = Landing(tmp_path), Fetch()
    paths = {landing.land_batch(ids, fetch) for ids in ([A], [A, B], [B, C], [A, B, C])}
    assert len(paths) == len(fetch.calls) == 4


@pytest.mark.parametrize("index", range(3))
def test_another_question_has_another_landing(tmp_path, index):
    """Another registry, another night or an edited condition set has a landing of its own."""
    fetch = Fetch()
    Landing.locate(tmp_path, *QUESTION).land_batch([A], fetch)
    other = [*QUESTION]
    other[index] += "x"
    Landing.locate(tmp_path, *other).land_batch([A], fetch)
    assert len(fetch.calls) == 2


def test_a_failed_fetch_leaves_nothing(tmp_path):
    """If the registry fails, its batch does not land, and earlier batches stay."""
    landing, fetch = Landing(tmp_path), Fetch()
    landing.land_batch([A], fetch)

    def fail(_ids):
        raise ConnectionError

    with pytest.raises(ConnectionError):
        landing.land_batch([B], fail)
    assert len(list(tmp_path.glob("*.json"))) == 1


def test_a_cleared_landing_is_gone(tmp_path):
    """Clearing removes the folder and everything in it, and may be repeated."""
    landing = Landing.locate(tmp_path, *QUESTION)
    landing.land_batch([A], Fetch())
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
Landing(Path(folder)).land_batch([NctId("NCT00000001")], fetch)
"""


@pytest.mark.parametrize(("step", "stray_files"), [("fetch", 0), ("write", 1), ("rename", 1)])
def test_a_run_killed_at_any_step_leaves_no_partial_reply(tmp_path, step, stray_files):
    """After a kill before the rename, the next run fetches again; it never reads a stray file (fault 35)."""
    done = subprocess.run([sys.executable, "-c", KILLED, step, str(tmp_path)], check=False, timeout=60)
    assert done.returncode == -signal.SIGKILL
    assert len(list(tmp_path.iterdir())) == stray_files
    landing, fetch = Landing(tmp_path), Fetch()
    assert landing.land_batch([A], fetch).read_bytes() == b"NCT00000001"
    assert fetch.calls == [(A,)]


def test_a_full_disk_is_named(tmp_path, monkeypatch):
    """The message names the full disk, the size and what still stands; no partial file remains (fault 39)."""

    def no_space(_descriptor):
        raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))

    monkeypatch.setattr(os, "fsync", no_space)
    with pytest.raises(LandingFailed, match=r"11 bytes .* the disk is full; nothing was published .* free some space"):
        Landing(tmp_path).land_batch([A], Fetch())
    assert list(tmp_path.iterdir()) == []


def test_a_folder_that_cannot_be_made_is_named(tmp_path):
    """If a file is in the way of the folder, the message says so."""
    (tmp_path / "landing").write_text("in the way")
    with pytest.raises(LandingFailed, match=r"landing/.*File exists"):
        Landing(tmp_path / "landing").land_batch([A], Fetch())


def test_a_file_is_replaced_completely(tmp_path):
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
    """The file is flushed before the rename and the folder after it, because power may fail (fault 37)."""
    steps = []
    fsync, replace = os.fsync, Path.replace

    def note_fsync(descriptor):
        steps.append("flush folder" if stat.S_ISDIR(os.fstat(descriptor).st_mode) else "flush file")
        fsync(descriptor)

    def note_replace(old, new):
        steps.append("rename")
        return replace(old, new)

    monkeypatch.setattr(os, "fsync", note_fsync)
    monkeypatch.setattr(Path, "replace", note_replace)
    write_whole(tmp_path / "file", b"data")
    assert steps == ["flush file", "rename", "flush folder"]


def test_a_failed_write_keeps_the_old_file(tmp_path, monkeypatch):
    """If the new bytes cannot be written, the old ones stay and no temporary file remains."""
    path = tmp_path / "file"
    write_whole(path, b"old")
    monkeypatch.setattr(os, "fsync", lambda _fd: (_ for _ in ()).throw(OSError(errno.EIO, "bad disk")))
    with pytest.raises(OSError, match="bad disk"):
        write_whole(path, b"new")
    assert path.read_bytes() == b"old"
    assert list(tmp_path.iterdir()) == [path]
