"""A request that breaks is sent again and leaves no trace; a request that stays broken changes nothing."""

from __future__ import annotations

import pytest

from extract.client.transport import MAX_ATTEMPTS
from extract.errors import RegistryChangedShape, RegistryError
from extract.sample.server import RegistryServer
from flows import pipeline
from tests.support import faults
from tests.support.made_studies import make_study
from tests.support.warehouses import TIME_COLUMNS, make_member_study

TIMES_AND_RUNS = TIME_COLUMNS | {"run_id"}
"""The columns that depend on the time and the number of a run."""

FOREVER = 100
"""More requests than any run of these tests sends."""

REQUESTS = ["version", "listing", "batch", "direct question"]
"""The requests of the second night's sync, in order."""

AS_IT_WAS = "nothing was published and the warehouse is as it was"


def make_first_night():
    """Make eight trials."""
    return [make_member_study(number) for number in range(1, 9)]


def make_second_night():
    """Make the same trials, except that one has changed, one has left the search, and one is new."""
    changed = make_member_study(1, title="Changed", updated="2024-02-01")
    left = make_study(2, conditions=["Another illness"])
    return [changed, left, *make_first_night()[2:], make_member_study(9)]


@pytest.fixture(scope="module")
def synced_once(make_warehouse):
    """Return a warehouse that holds the first night."""
    warehouse = make_warehouse()
    warehouse.serve(*make_first_night())
    warehouse.sync()
    return warehouse


@pytest.fixture(scope="module")
def expected(synced_once, tmp_path_factory):
    """Return every table after a second night on which nothing goes wrong."""
    warehouse = synced_once.copy_to(tmp_path_factory.mktemp("expected"))
    warehouse.serve(*make_second_night())
    summary = warehouse.sync()
    assert (summary["requests"], summary["inserted"], summary["updated"], summary["left"]) == (len(REQUESTS), 1, 2, 1)
    return warehouse.tables(without=TIMES_AND_RUNS)


@pytest.fixture
def before_second_night(synced_once, tmp_path):
    """Return a warehouse that holds the first night, while its registry serves the second."""
    warehouse = synced_once.copy_to(tmp_path)
    warehouse.serve(*make_second_night())
    warehouse.server.requests.clear()
    return warehouse


def sync_with_faults(warehouse, *script, **options):
    """Run a sync whose requests meet these faults, the first request included."""
    warehouse.server.faults.extend(script)
    try:
        return pipeline.sync(warehouse.job("sync", **options))
    finally:
        warehouse.server.faults.clear()


@pytest.mark.quick(2)
@pytest.mark.parametrize(
    "fault",
    [
        pytest.param(faults.status(429, "slow down"), marks=pytest.mark.fault(3), id="429"),
        pytest.param(faults.status(500), marks=pytest.mark.fault(4), id="500"),
        pytest.param(faults.status(502), marks=pytest.mark.fault(4), id="502"),
        pytest.param(faults.status(503), marks=pytest.mark.fault(4), id="503"),
        pytest.param(faults.status(504), marks=pytest.mark.fault(4), id="504"),
        pytest.param(faults.raw_bytes(b""), marks=pytest.mark.fault(6), id="closed"),
        pytest.param(faults.reset_mid_body(), marks=pytest.mark.fault(8), id="reset"),
        pytest.param(faults.short_body(), marks=pytest.mark.fault(9), id="short"),
        pytest.param(faults.cut_chunked(), marks=pytest.mark.fault(9), id="cut chunks"),
        pytest.param(faults.cut_json(), marks=pytest.mark.fault(10), id="cut JSON"),
        pytest.param(faults.html(), marks=pytest.mark.fault(11), id="a page"),
        pytest.param(faults.edited_answer(lambda body: body + b" NaN"), marks=pytest.mark.fault(13), id="junk behind"),
        pytest.param(
            faults.edited_answer(lambda body: b"\xef\xbb\xbf" + body), marks=pytest.mark.fault(57), id="a mark"
        ),
        pytest.param(
            faults.edited_answer(lambda body: b'{"\xff' + body[2:]), marks=pytest.mark.fault(57), id="bad bytes"
        ),
    ],
)
def test_a_request_that_breaks_once_is_sent_again(before_second_night, expected, clock, fault):
    """Where each request breaks once, a sync sends each twice, and its tables are those of a night without faults."""
    summary = sync_with_faults(before_second_night, *[fault, None] * len(REQUESTS))
    assert (summary["outcome"], summary["requests"]) == ("published", 2 * len(REQUESTS))
    assert len(clock.slept) == len(REQUESTS)
    assert before_second_night.tables(without=TIMES_AND_RUNS) == expected


@pytest.mark.fault(1)
def test_the_client_waits_as_long_as_the_registry_asks(before_second_night, expected, clock):
    """The client waits for the seconds of Retry-After, up to its patience, and sends nothing in that time."""
    asked_at = []

    def busy(handler):
        asked_at.append(clock.now)
        faults.status(429, headers={"Retry-After": "7"})(handler)

    def ready(handler):
        asked_at.append(clock.now)
        handler.reply(handler.make_registry_answer())

    sync_with_faults(before_second_night, *[busy, ready] * len(REQUESTS))
    assert [moment - asked_at[0] for moment in asked_at] == [0, 7, 7, 14, 14, 21, 21, 28]
    assert len(before_second_night.server.requests) == len(asked_at)
    assert before_second_night.tables(without=TIMES_AND_RUNS) == expected


def drip_slowly(handler):
    """Send the registry's own answer byte by byte, too slowly for any patience."""
    faults.drip(0.05)(handler)


@pytest.mark.quick(1)
@pytest.mark.parametrize(
    "fault",
    [
        pytest.param(lambda handler: handler.server.closing.wait(2), marks=pytest.mark.fault(6), id="silence"),
        pytest.param(drip_slowly, marks=pytest.mark.fault(7), id="a drip"),
    ],
)
def test_a_request_that_takes_too_long_is_sent_again(before_second_night, expected, clock, fault):
    """The wall clock ends a silence and a reply that comes byte by byte; the next reply counts."""
    summary = sync_with_faults(before_second_night, None, None, fault, patience=1.0)
    assert summary["requests"] == len(REQUESTS) + 1
    assert before_second_night.tables(without=TIMES_AND_RUNS) == expected


@pytest.mark.quick(2)
@pytest.mark.parametrize(
    ("fault", "message"),
    [
        pytest.param(
            faults.status(429, headers={"Retry-After": "86400"}),
            "asks to come back in 86400 s, at ",
            marks=pytest.mark.fault(2),
            id="a wait of a day",
        ),
        pytest.param(faults.status(503), f"in {MAX_ATTEMPTS} attempts over ", marks=pytest.mark.fault(5), id="503"),
        pytest.param(faults.cut_json(), "it begins with '{", marks=pytest.mark.fault(10), id="cut JSON"),
        pytest.param(faults.html(), "'<html><body>Down for maintenance", marks=pytest.mark.fault(11), id="a page"),
        pytest.param(faults.json([]), "changed the shape of its answer", marks=pytest.mark.fault(12), id="a list"),
        pytest.param(
            faults.status(400, "`x` is unknown parameter"),
            "and said: `x` is unknown parameter",
            marks=pytest.mark.fault(31),
            id="refused",
        ),
        pytest.param(
            faults.redirect("http://169.254.169.254/latest/meta-data/"),
            "redirected to 'http://169.254.169.254/latest/meta-data/', which is not followed",
            marks=pytest.mark.fault(56),
            id="redirected",
        ),
    ],
)
def test_a_request_that_stays_broken_changes_nothing(before_second_night, expected, clock, fault, message):
    """If any one request stays broken, the run fails with one sentence, the file stands, and the next run succeeds."""
    before = before_second_night.path.read_bytes()
    for sound_requests in range(len(REQUESTS)):
        with pytest.raises(RegistryError) as caught:
            sync_with_faults(before_second_night, *[None] * sound_requests, *[fault] * FOREVER)
        happened, stands, next_step = str(caught.value).split("; ")
        assert message in happened
        assert (stands, next_step[-1]) == (AS_IT_WAS, ".")
        assert before_second_night.path.read_bytes() == before
        assert before_second_night.stored("select outcome, message from ops.runs order by run_id desc limit 1") == [
            ("failed", str(caught.value))
        ]
    assert sync_with_faults(before_second_night)["outcome"] == "published"
    assert before_second_night.tables(without=TIMES_AND_RUNS) == expected


@pytest.mark.fault(12)
@pytest.mark.parametrize("sound_requests", range(3), ids=REQUESTS[:3])
@pytest.mark.parametrize("document", [{}, {"totalCount": 8}, {"studies": None}], ids=str)
def test_an_absent_key_is_not_an_empty_list(before_second_night, sound_requests, document):
    """A version, a listing or a batch without its keys ends the run; no trial counts as left."""
    before = before_second_night.path.read_bytes()
    with pytest.raises(RegistryChangedShape, match="the answer is kept in"):
        sync_with_faults(before_second_night, *[None] * sound_requests, faults.json(document))
    assert before_second_night.path.read_bytes() == before


@pytest.mark.fault(56)
@pytest.mark.parametrize("sound_requests", range(len(REQUESTS)), ids=REQUESTS)
def test_no_other_server_is_asked(before_second_night, clock, sound_requests):
    """A redirect of any request to another server is not followed: nothing reaches that server."""
    with RegistryServer(before_second_night.server.contents) as other:
        target = f"{other.url}/studies/NCT00000002"
        with pytest.raises(RegistryError, match="redirected"):
            sync_with_faults(before_second_night, *[None] * sound_requests, faults.redirect(target))
        assert other.requests == []
