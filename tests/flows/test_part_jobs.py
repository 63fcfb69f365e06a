"""A part that is there and sound is not made again; any other is."""

from __future__ import annotations

import json

import pytest

from extract.landing import LandedReply
from flows import part_jobs
from flows.part_jobs import PartRequest, make_part_file
from tests.support.warehouses import make_five_members
from warehouse.errors import MemoryExhausted
from warehouse.part_files import name_part, open_part


@pytest.fixture
def request_part(tmp_path):
    """Return a function that makes the part of a reply under a catalog, and returns its file."""
    reply = tmp_path / "reply.json"
    studies = make_five_members()
    reply.write_text(json.dumps({"studies": studies}))
    numbers = tuple(study["protocolSection"]["identificationModule"]["nctId"] for study in studies)
    replies = (LandedReply(reply, numbers),)

    def make(catalog_digest="catalog"):
        return make_part_file(PartRequest(replies, tmp_path / "parts" / name_part(replies, (), catalog_digest))).file

    return make


def test_a_part_that_is_there_is_not_made_again(request_part):
    """The file stays the one that was written first."""
    first = request_part().stat()
    assert request_part().stat() == first


@pytest.mark.parametrize("kept_bytes", [0, 100, -1])
def test_a_part_that_was_cut_is_made_again(request_part, kept_bytes):
    """It is as it was before."""
    file = request_part()
    whole = file.read_bytes()
    file.write_bytes(whole[:kept_bytes])
    assert request_part() == file
    assert file.read_bytes() == whole


def test_another_catalog_makes_another_part(request_part):
    """The part that the earlier catalog made is not used."""
    assert request_part("catalog") != request_part("another catalog")


def test_an_unusable_reply_is_still_known_when_its_part_is_there(tmp_path):
    """The result of a part that is there says the same as when it was made."""
    reply = tmp_path / "broken.json"
    reply.write_text('{"studies": [')
    request = PartRequest((LandedReply(reply, ()),), tmp_path / "p.arrow")
    made = make_part_file(request)
    assert [name for name, _ in made.unusable] == ["broken.json"]
    assert make_part_file(request) == made
    assert open_part(made.file).record_count == 0


def test_too_little_memory_is_named(tmp_path, monkeypatch):
    """A part that needs more memory than there is fails with a sentence that says so."""

    def make_part(replies, known):
        raise MemoryError

    monkeypatch.setattr(part_jobs, "make_part", make_part)
    with pytest.raises(MemoryExhausted, match="more memory than there is"):
        make_part_file(PartRequest((), tmp_path / "p.arrow"))
