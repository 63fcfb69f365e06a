"""A reply that cannot be read and ends the run is kept beside the warehouse, and the message names its file."""

from __future__ import annotations

import orjson
import pytest

from extract.errors import RegistryChangedShape, RegistryUnreachable, ReplyUnreadable
from extract.landing import MOST_KEPT
from flows import pipeline
from tests.support import faults
from tests.support.warehouses import make_member_study

ANOTHER_SHAPE = [{}, [], "text", None, {"totalCount": 1}, {"totalCount": 1, "studies": None}, {"studies": []}]


def fail_sync(warehouse, error, *script):
    """Run a sync whose requests meet these faults; it must end in this error. Return its message."""
    warehouse.server.faults.extend(script)
    with pytest.raises(error) as caught:
        pipeline.sync(warehouse.job("sync"))
    warehouse.server.faults.clear()
    assert warehouse.stored("select message from ops.runs order by run_id desc limit 1") == [(str(caught.value),)]
    return str(caught.value)


def read_kept_replies(warehouse):
    """Return the kept replies by the names of their files."""
    return {file.name: file.read_bytes() for file in (warehouse.folder / ".aclf" / "unread").iterdir()}


@pytest.mark.fault(12)
@pytest.mark.parametrize("document", ANOTHER_SHAPE, ids=map(str, ANOTHER_SHAPE))
def test_a_listing_of_another_shape_is_kept(warehouse, document):
    """The run stops and keeps the reply in a file that it names. An absent key is not an empty list."""
    warehouse.serve(make_member_study(1))
    message = fail_sync(warehouse, RegistryChangedShape, None, faults.json(document))
    file = warehouse.folder / ".aclf" / "unread" / "run-000001.reply"
    assert "the registry changed the shape of its answer" in message
    assert f"(the answer is kept in {file})" in message
    assert read_kept_replies(warehouse) == {file.name: orjson.dumps(document)}
    assert not warehouse.path.exists()


@pytest.mark.fault(12)
@pytest.mark.parametrize("requests", [0, 2], ids=["version", "batch"])
def test_a_reply_of_another_shape_is_kept_wherever_it_comes(warehouse, requests):
    """A version and a batch of another shape are kept as a listing is."""
    warehouse.serve(make_member_study(1))
    fail_sync(warehouse, RegistryChangedShape, *[None] * requests, faults.json({"a": "b"}))
    assert read_kept_replies(warehouse) == {"run-000001.reply": b'{"a":"b"}'}


@pytest.mark.fault(13)
def test_a_listing_that_is_not_json_is_kept(warehouse, clock):
    """A listing with NaN ends the run, and is kept for the person who looks into it."""
    warehouse.serve(make_member_study(1))
    nan = faults.edited_answer(lambda body: body.replace(b'"totalCount":1', b'"totalCount":NaN'))
    message = fail_sync(warehouse, ReplyUnreadable, None, *[nan] * 6)
    assert "NaN is not JSON" in message
    assert b'"totalCount":NaN' in read_kept_replies(warehouse)["run-000001.reply"]


@pytest.mark.fault(12)
def test_only_the_newest_replies_are_kept(warehouse):
    """When many runs fail, only the last few replies take up space."""
    warehouse.serve(make_member_study(1))
    for number in range(MOST_KEPT + 2):
        fail_sync(warehouse, RegistryChangedShape, faults.json({"a": number}))
    assert read_kept_replies(warehouse) == {
        f"run-{run:06}.reply": b'{"a":%d}' % (run - 1) for run in range(3, MOST_KEPT + 3)
    }


@pytest.mark.fault(12)
def test_a_reply_that_cannot_be_kept_hides_nothing(warehouse):
    """If the file cannot be written, the message still says what happened."""
    (warehouse.folder / ".aclf" / "unread").write_text("in the way")
    warehouse.serve(make_member_study(1))
    message = fail_sync(warehouse, RegistryChangedShape, faults.json({}))
    assert "changed the shape" in message
    assert "kept in" not in message


@pytest.mark.fault(11)
def test_a_maintenance_page_is_quoted_and_not_kept(warehouse, clock):
    """The request is retried; in the end the run stops and quotes how the page begins."""
    warehouse.serve(make_member_study(1))
    message = fail_sync(warehouse, RegistryUnreachable, None, *[faults.html()] * 6)
    assert "it begins with '<html><body>Down for maintenance" in message
    assert not (warehouse.folder / ".aclf" / "unread").exists()
