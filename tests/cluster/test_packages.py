"""What crosses machines is plain values, and the part that comes back is the one that would be made here."""

from __future__ import annotations

import json

import pytest

from extract.errors import LandingAltered
from extract.landing import LandedReply, Landing
from flows.cluster.packages import answer_package, pack_request, unpack_answer
from flows.errors import InternalError, WorkersUnusable
from flows.part_jobs import PartRequest, make_part_file
from tests.support.warehouses import make_five_members

WORKER = "a worker of the Dask cluster"


def make_request(folder, name):
    """Return a request for a part of a reply that has landed in this folder."""
    studies = make_five_members()
    numbers = tuple(study["protocolSection"]["identificationModule"]["nctId"] for study in studies)
    landing = Landing(folder / name)
    file = landing.land("batch", json.dumps({"studies": studies}).encode())
    return PartRequest((LandedReply(file, numbers),), landing.directory / "parts" / "p.arrow")


def is_plain(value):
    """Whether a value is made of what every version of Python and of this package can read."""
    if isinstance(value, dict):
        return all(map(is_plain, [*value, *value.values()]))
    if isinstance(value, list | tuple):
        return all(map(is_plain, value))
    return type(value) in {str, bytes, int, type(None)}


def test_a_part_from_elsewhere_is_the_part_made_here(tmp_path):
    """The files are equal byte for byte, so are the results, and the worker keeps nothing."""
    scratch = tmp_path / "worker"
    scratch.mkdir()
    here, there = make_request(tmp_path, "landing"), make_request(tmp_path, "elsewhere")
    package = pack_request(there)
    answer = answer_package(package, str(scratch))
    assert is_plain(package)
    assert is_plain(answer)
    made, expected = unpack_answer(answer, there, WORKER), make_part_file(here)
    assert (made.record_count, made.unusable) == (expected.record_count, expected.unusable) == (5, ())
    assert there.file.read_bytes() == here.file.read_bytes()
    assert list(scratch.iterdir()) == []


def test_another_version_makes_no_part(tmp_path):
    """A worker with another catalog says which it has, and the run refuses it with both."""
    request = make_request(tmp_path, "landing")
    package = pack_request(request) | {"maker": ("9.9", "0123456789")}
    answer = answer_package(package, None)
    assert answer.keys() == {"maker"}
    with pytest.raises(
        WorkersUnusable, match=r"has aclf-trials 9\.9 with the catalog 01234567, and this run has"
    ) as no:
        unpack_answer({"maker": ("9.9", "0123456789")}, request, WORKER)
    assert "install the same version of aclf-trials on every worker" in str(no.value)
    assert not request.file.exists()


def test_a_reply_that_was_altered_on_the_way_makes_no_part(tmp_path):
    """Its digest travels with it."""
    request = make_request(tmp_path, "landing")
    package = pack_request(request)
    package["replies"][0]["body"] = package["replies"][0]["body"].replace(b"NCT00000001", b"NCT00000008")
    with pytest.raises(LandingAltered):
        unpack_answer(answer_package(package, None), request, WORKER)
    assert not request.file.exists()


def test_a_reply_that_was_altered_here_is_not_sent(tmp_path):
    """The run ends before anything leaves this machine."""
    request = make_request(tmp_path, "landing")
    request.replies[0].file.write_bytes(b"{}")
    with pytest.raises(LandingAltered):
        pack_request(request)


def test_a_fault_there_comes_back_with_its_traceback(tmp_path):
    """As from a worker process beside the run."""
    request = make_request(tmp_path, "landing")
    package = pack_request(request) | {"known": None}
    with pytest.raises(InternalError, match="TypeError") as failed:
        unpack_answer(answer_package(package, None), request, WORKER)
    assert "part_jobs.py" in failed.value.__notes__[0]
