"""Replies become parts of a bounded size, parts are loaded in rounds, and an unusable reply costs one record."""

from __future__ import annotations

import json
from concurrent.futures import Future
from contextlib import contextmanager
from datetime import UTC, datetime

import pytest

from extract.landing import LandedReply
from flows import loading
from flows.errors import WorkerDied
from flows.loading import Loading
from flows.next_store import NextStore
from flows.workers import InLine
from tests.support import faults
from tests.support.made_studies import make_nct_id
from tests.support.warehouses import make_member_study
from warehouse.errors import MemoryExhausted
from warehouse.loading.load import begin_load
from warehouse.paths import Paths
from warehouse.store import open_store

SEVEN = make_nct_id(7)
TITLES = "select nct_id, document ->> '$.protocolSection.identificationModule.briefTitle' from archive.study_versions"


class Recorder:
    """Makes parts in line, and keeps which trials each was asked for; some trials spoil each part that has them."""

    def __init__(self, error=None, *spoiling):
        self.asked = []
        self._error, self._spoiling = error, set(spoiling)

    def submit(self, request):
        """Make a part, or fail."""
        asked = [nct_id for reply in request.replies for nct_id in reply.asked]
        self.asked.append(asked)
        if self._spoiling.isdisjoint(asked):
            return InLine().submit(request)
        future = Future()
        future.set_exception(self._error)
        return future

    def close(self):
        """Do nothing, because nothing was started."""


class Postponed(Recorder):
    """Keeps parts from being made until one of them is waited for."""

    def __init__(self):
        super().__init__()
        self.most_waiting = self.waiting = 0

    def submit(self, request):
        """Return a future that makes the part when its result is asked for."""
        self.waiting += 1
        self.most_waiting = max(self.waiting, self.most_waiting)
        made = super().submit(request)
        future = Future()

        def make(timeout=None):
            self.waiting -= 1
            return made.result()

        future.result = make
        return future


@pytest.fixture
def begin(warehouse):
    """Return a function that begins a load with an executor."""

    @contextmanager
    def begin_with(executor):
        paths = Paths.of(warehouse.path)
        paths.landing.mkdir()
        with open_store(paths) as store:
            store.execute("begin")
            begin_load(store, 1, datetime(2026, 10, 1, tzinfo=UTC))
            yield Loading(NextStore(store), lambda _: executor, paths)

    return begin_with


@pytest.fixture
def rounds(monkeypatch):
    """The number of records in each round that is loaded."""
    counts = []
    load_round = loading.load_round

    def count_and_load(connection, parts):
        counts.append(sum(part.record_count for part in parts))
        load_round(connection, parts)

    monkeypatch.setattr(loading, "load_round", count_and_load)
    return counts


@pytest.fixture
def land(tmp_path):
    """Return a function that lands a reply with the trials of some numbers."""
    count = iter(range(1000))

    def land_reply(*numbers, title="A trial"):
        file = tmp_path / f"{next(count)}.json"
        file.write_text(json.dumps({"studies": [make_member_study(number, title=title) for number in numbers]}))
        return LandedReply(file, tuple(map(make_nct_id, numbers)))

    return land_reply


def count_asked(executor):
    """Return how many trials each part was asked for."""
    return [len(asked) for asked in executor.asked]


def fetch_titles(loading):
    """Return the title of each archived trial, by its number."""
    return dict(loading.next_store.connection.execute(f"{TITLES} order by nct_id, version").fetchall())


def test_replies_are_one_part_until_it_has_enough_records(begin, land, monkeypatch):
    """A reply that would make the part too large begins another; one that is too large alone is a part of its own."""
    monkeypatch.setattr(loading, "_RECORDS_PER_PART", 4)
    executor = Recorder()
    with begin(executor) as load:
        load.add([land(1, 2), land(3, 4), land(5), land(6, 7, 8, 9, 10), land(11)])
        load.finish()
        assert count_asked(executor) == [4, 1, 5, 1]
        assert len(fetch_titles(load)) == 11


def test_replies_are_one_part_until_it_has_enough_bytes(begin, land, monkeypatch):
    """The size of the replies counts, not only their records."""
    replies = [land(number) for number in range(1, 6)]
    monkeypatch.setattr(loading, "_BYTES_PER_PART", 2 * replies[0].file.stat().st_size)
    executor = Recorder()
    with begin(executor) as load:
        load.add(replies)
        load.finish()
    assert count_asked(executor) == [2, 2, 1]


def test_of_two_records_of_a_trial_the_last_counts(begin, land, rounds):
    """They are neither in one part nor in one round."""
    executor = Recorder()
    with begin(executor) as load:
        load.add([land(1, 2, title="Earlier"), land(2, 3, title="Later")])
        load.finish()
        assert (count_asked(executor), rounds) == ([2, 2], [2, 2])
        assert fetch_titles(load) == {make_nct_id(1): "Earlier", make_nct_id(2): "Later", make_nct_id(3): "Later"}


def test_parts_are_loaded_in_rounds_and_removed(begin, land, rounds, monkeypatch):
    """A round has enough records, the last one what is left; no part stays on disk."""
    monkeypatch.setattr(loading, "_RECORDS_PER_PART", 2)
    monkeypatch.setattr(loading, "_RECORDS_PER_ROUND", 4)
    with begin(Recorder()) as load:
        load.add(land(number, number + 1) for number in range(1, 11, 2))
        # The last replies wait for others.
        assert rounds == [4, 4][: len(rounds)]
        load.finish()
        assert rounds == [4, 4, 2]
        assert list(Paths.of(load._paths.warehouse).landing.glob("parts/*")) == []


def test_only_some_parts_are_in_flight(begin, land, monkeypatch):
    """Before more replies are taken in, the oldest part is waited for."""
    monkeypatch.setattr(loading, "_RECORDS_PER_PART", 1)
    monkeypatch.setattr(loading, "_MOST_IN_FLIGHT", 3)
    executor = Postponed()
    with begin(executor) as load:
        for number in range(1, 21):
            load.add([land(number)])
        load.finish()
        assert (executor.most_waiting, executor.waiting) == (4, 0)
        assert len(fetch_titles(load)) == 20


@pytest.mark.parametrize("error", [WorkerDied("it was ended by SIGKILL"), MemoryExhausted("it needs too much memory")])
def test_a_reply_that_spoils_its_worker_is_found(begin, land, error):
    """The other replies of its part are made alone and loaded; it is named with the reason."""
    executor = Recorder(error, SEVEN)
    with begin(executor) as load:
        load.add([land(1, 2), land(7, 8), land(9)])
        load.finish()
        assert count_asked(executor) == [5, 2, 2, 1]
        (unusable,) = load.take_unusable()
        assert (unusable.reply.asked, unusable.reason) == ((SEVEN, make_nct_id(8)), error.happened)
        assert load.take_unusable() == []
        assert list(fetch_titles(load)) == [make_nct_id(number) for number in (1, 2, 9)]


def test_a_reply_that_cannot_be_read_is_left_out_of_its_part(begin, land):
    """The other replies of its part are loaded, and nothing is made twice."""
    broken = land(7, 8)
    broken.file.write_text('{"studies": [{"a": 1, "a": 2}]}')
    executor = Recorder()
    with begin(executor) as load:
        load.add([land(1, 2), broken, land(9)])
        load.finish()
        assert count_asked(executor) == [5]
        (unusable,) = load.take_unusable()
        assert (unusable.reply, unusable.reason) == (broken, "the key 'a' is repeated")
        assert len(fetch_titles(load)) == 3


@pytest.mark.fault(13)
@pytest.mark.parametrize("workers", [0, 1])
def test_a_spoilt_record_costs_the_requests_that_halving_needs(warehouse, workers):
    """Of eight trials the seventh has a key twice: the requests are the halves that lead to it."""
    warehouse.serve(
        *(make_member_study(number, title="SPOILT" if number == 7 else "A trial") for number in range(1, 9))
    )
    twice = faults.edited_answer(lambda body: body.replace(b'"SPOILT"', b'"A", "briefTitle": "B"'))
    summary = warehouse.sync(*[twice] * 20, workers=workers)
    assert (summary["inserted"], summary["quarantined"]) == (7, 1)
    assert warehouse.rows("select nct_id, reason from ops.quarantine") == [(SEVEN, "the key 'briefTitle' is repeated")]
    requested = [request.query.get("filter.ids", "") for request in warehouse.server.requests]
    numbers = [[int(nct_id[3:]) for nct_id in ids.split(",")] for ids in requested if ids]
    assert numbers == [[1, 2, 3, 4, 5, 6, 7, 8], [1, 2, 3, 4], [5, 6, 7, 8], [5, 6], [7, 8], [7], [8]]
