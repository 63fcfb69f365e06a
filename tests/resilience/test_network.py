"""What breaks on the way to the registry is asked for again, and leaves no trace; what stays broken changes nothing."""

from __future__ import annotations

import pytest

from extract.client.transport import MAX_ATTEMPTS
from extract.errors import RegistryChangedShape, RegistryError
from extract.sample.server import RegistryServer
from flows import pipeline
from tests.support import faults
from tests.support.made_studies import made_study
from tests.support.warehouses import TIMES, ill

TIMES_AND_RUNS = TIMES | {"run_id"}
"""Columns that tell when something came, and with which run."""

FOREVER = 100
"""More requests than any run of these tests sends."""

REQUESTS = ["version", "listing", "batch", "direct question"]
"""What the second night's sync asks for, in its order."""

AS_IT_WAS = "nothing was published and the warehouse is as it was"


def first_night():
    """Eight trials."""
    return [ill(number) for number in range(1, 9)]


def second_night():
    """The same, one changed, one new, one gone from the search."""
    changed, left = ill(1, title="Changed", updated="2024-02-01"), made_study(2, conditions=["Another illness"])
    return [changed, left, *first_night()[2:], ill(9)]


@pytest.fixture(scope="module")
def synced_once(new_warehouse):
    """A warehouse that holds the first night."""
    made = new_warehouse()
    made.serve(*first_night())
    made.sync()
    return made


@pytest.fixture(scope="module")
def expected(synced_once, tmp_path_factory):
    """Every table after the second night, where nothing goes wrong."""
    made = synced_once.copied(tmp_path_factory.mktemp("expected"))
    made.serve(*second_night())
    report = made.sync()
    assert (report["requests"], report["inserted"], report["updated"], report["left"]) == (len(REQUESTS), 1, 2, 1)
    return made.tables(without=TIMES_AND_RUNS)


@pytest.fixture
def held(synced_once, tmp_path):
    """A warehouse that holds the first night; its registry serves the second."""
    made = synced_once.copied(tmp_path)
    made.serve(*second_night())
    made.server.requests.clear()
    return made


def synced(warehouse, *script, **options):
    """A sync whose requests are met by these faults."""
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
        pytest.param(faults.raw(b""), marks=pytest.mark.fault(6), id="closed"),
        pytest.param(faults.reset_mid_body(), marks=pytest.mark.fault(8), id="reset"),
        pytest.param(faults.short_body(), marks=pytest.mark.fault(9), id="short"),
        pytest.param(faults.cut_chunked(), marks=pytest.mark.fault(9), id="cut chunks"),
        pytest.param(faults.cut_json(), marks=pytest.mark.fault(10), id="cut JSON"),
        pytest.param(faults.html(), marks=pytest.mark.fault(11), id="a page"),
        pytest.param(faults.edited(lambda body: body + b" NaN"), marks=pytest.mark.fault(13), id="junk behind"),
        pytest.param(faults.edited(lambda body: b"\xef\xbb\xbf" + body), marks=pytest.mark.fault(57), id="a mark"),
        pytest.param(faults.edited(lambda body: b'{"\xff' + body[2:]), marks=pytest.mark.fault(57), id="bad bytes"),
    ],
)
def test_what_breaks_once_is_asked_for_again(held, expected, clock, fault):
    """Each request of a sync is broken once: it sends each twice, and the tables are those of a quiet night."""
    report = synced(held, *[fault, None] * len(REQUESTS))
    assert (report["outcome"], report["requests"]) == ("published", 2 * len(REQUESTS))
    assert len(clock.slept) == len(REQUESTS)
    assert held.tables(without=TIMES_AND_RUNS) == expected


@pytest.mark.fault(1)
def test_a_wait_that_is_asked_for_is_waited(held, expected, clock):
    """The client waits as long as it was told, up to its patience, and sends nothing else meanwhile."""
    asked_at = []

    def busy(handler):
        asked_at.append(clock.now)
        faults.status(429, headers={"Retry-After": "7"})(handler)

    def ready(handler):
        asked_at.append(clock.now)
        handler.reply(handler.registry_answer())

    synced(held, *[busy, ready] * len(REQUESTS))
    assert [moment - asked_at[0] for moment in asked_at] == [0, 7, 7, 14, 14, 21, 21, 28]
    assert len(held.server.requests) == len(asked_at)
    assert held.tables(without=TIMES_AND_RUNS) == expected


def dripping(handler):
    """Byte by byte, the registry's own answer, more slowly than anybody waits."""
    faults.drip(0.05)(handler)


@pytest.mark.quick(1)
@pytest.mark.parametrize(
    "fault",
    [
        pytest.param(lambda handler: handler.server.closing.wait(2), marks=pytest.mark.fault(6), id="silence"),
        pytest.param(dripping, marks=pytest.mark.fault(7), id="a drip"),
    ],
)
def test_what_takes_too_long_is_asked_for_again(held, expected, clock, fault):
    """Silence, and a reply that comes byte by byte, end by the wall clock, and the next reply counts."""
    report = synced(held, None, None, fault, patience=1.0)
    assert report["requests"] == len(REQUESTS) + 1
    assert held.tables(without=TIMES_AND_RUNS) == expected


@pytest.mark.quick(2)
@pytest.mark.parametrize(
    ("fault", "told"),
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
def test_what_stays_broken_changes_nothing(held, expected, clock, fault, told):
    """Whichever request is broken for good: the run fails with one sentence, the file stands, the next run heals."""
    before = held.path.read_bytes()
    for place in range(len(REQUESTS)):
        with pytest.raises(RegistryError) as caught:
            synced(held, *[None] * place, *[fault] * FOREVER)
        happened, stands, next_step = str(caught.value).split("; ")
        assert told in happened
        assert (stands, next_step[-1]) == (AS_IT_WAS, ".")
        assert held.path.read_bytes() == before
        assert held.stored("select outcome, message from ops.runs order by run_id desc limit 1") == [
            ("failed", str(caught.value))
        ]
    assert synced(held)["outcome"] == "published"
    assert held.tables(without=TIMES_AND_RUNS) == expected


@pytest.mark.fault(12)
@pytest.mark.parametrize("place", range(3), ids=REQUESTS[:3])
@pytest.mark.parametrize("document", [{}, {"totalCount": 8}, {"studies": None}], ids=str)
def test_an_absent_key_is_no_empty_list(held, place, document):
    """A version, a listing or a batch without its keys ends the run, and nothing is found to have left."""
    before = held.path.read_bytes()
    with pytest.raises(RegistryChangedShape, match="the answer is kept in"):
        synced(held, *[None] * place, faults.json(document))
    assert held.path.read_bytes() == before


@pytest.mark.fault(56)
@pytest.mark.parametrize("place", range(len(REQUESTS)), ids=REQUESTS)
def test_nobody_else_is_asked(held, clock, place):
    """A redirect to another server, on whichever request, is not followed: nothing reaches that server."""
    with RegistryServer(held.server.contents) as other:
        target = f"{other.url}/studies/NCT00000002"
        with pytest.raises(RegistryError, match="redirected"):
            synced(held, *[None] * place, faults.redirect(target))
        assert other.requests == []
