"""Run a warehouse beside the model of what it must hold, and compare the two after each run."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from functools import partial
from hashlib import sha256
from typing import TYPE_CHECKING, Any
from unittest import mock

import duckdb

from extract.client.transport import MAX_ATTEMPTS
from extract.errors import ListingRefused, RegistryError
from flows import pipeline
from tests.support.clock import clock_stands_at
from tests.support.forked_runs import (
    AFTER_UPGRADE,
    ENDED,
    FAILED,
    KILL_POINTS,
    KILLED,
    LOADED,
    NOTHING,
    PUBLISHED,
    UPGRADE_FUNCTIONS,
    run_and_kill_at,
)
from tests.support.history_model import VERSION_HOLDER, History, is_listed, is_sound
from tests.support.history_tables import (
    TRIALS,
    make_expected_tables,
    make_expected_trials,
    mark_as_utc,
    read_modelled_tables,
)
from tests.support.made_registry import STATUS, MadeRegistry
from tests.support.warehouses import fetch_all_tables, fetch_records, fetch_rows, with_value
from warehouse.errors import CheckFailed
from warehouse.paths import Paths
from warehouse.reading.as_of import open_as_of
from warehouse.store import open_store
from warehouse.store_facts import DERIVED_FACT, set_store_fact

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence
    from datetime import date
    from pathlib import Path

    from extract.sample.server import Fault
    from tests.support.forked_runs import KillPoint
    from tests.support.warehouses import Row, Study, Warehouse
    from warehouse.runs import RunSummary

BEGINNING = datetime(2026, 9, 11, 3, tzinfo=UTC)
FORESEEN = (RegistryError, ListingRefused, CheckFailed)
"""The errors that a run may end in."""

_SHORTEST = timedelta(microseconds=1)
_FETCHED = ("inserted", "updated", "unchanged", "quarantined")
_COUNTED = (*_FETCHED, "left", "merged")
_NOW, _THEN = "from trials order by nct_id", "from trials_as_of($1) order by nct_id"
_RUN_TABLES = ("problems", "quarantine", "drift", "trial_drift", "run_trials")
_DAMAGE = "delete from main.trials; delete from main.trial_history; delete from main.trial_changes"


@dataclass(frozen=True, slots=True)
class _Ended:
    """The end of a run.

    Attributes:
        how: one of the endings of `forked_runs`.
        before: what was published before the run.
        summary: the run's summary, where it ended well in this process.
        failure: the error's message, where it failed in this process.
    """

    how: str
    before: tuple[Path, str] | None
    summary: RunSummary | None = None
    failure: str = ""


class KeptHistory:
    """A warehouse, the registry that it is synced from, and the model of what it must hold.

    Attributes:
        registry: the registry that a test edits; its server shows the edits at the next night.
        served: the records that the server has, by NCT number.
        known: what the store must hold.
        past: what the store had to hold after each run that was loaded, with the run's time.
        is_outdated: whether the store's tables are those of another version.
    """

    def __init__(self, warehouse: Warehouse) -> None:
        self.warehouse = warehouse
        self.paths = Paths(warehouse.path)
        self.registry = MadeRegistry()
        self.served: dict[str, Study] = {}
        self.known = History()
        self.past: list[tuple[datetime, History]] = []
        self._clock = BEGINNING
        self._newest = self._published_at = datetime.min.replace(tzinfo=UTC)
        # Whether the store holds something that is not published yet.
        self._is_waiting = False
        self.is_outdated = False
        self._nights = 0
        # The days that were looked at, each with the time of the published run, so that no look is done twice.
        self._looks: set[tuple[date, datetime]] = set()

    def night(self) -> None:
        """Serve the registry as it is edited now, with the night's date in every record."""
        self._nights += 1
        holder = f"{BEGINNING + timedelta(days=self._nights):%Y-%m-%d}"
        fetch_records = self.registry.records()
        self.served = {number: with_value(record, VERSION_HOLDER, holder) for number, record in fetch_records.items()}
        self.warehouse.serve(*self.served.values())

    def pass_time(self, hours: float) -> None:
        """Move the clock forward or back."""
        self._clock += timedelta(hours=hours)

    def sync(
        self,
        *,
        script: Sequence[Fault | None] = (),
        full: bool = False,
        accept_shrink: bool = True,
        kill_point: KillPoint | None = None,
    ) -> None:
        """Run a sync, whose requests meet faults or which is killed at a point, and compare."""
        server = self.warehouse.server
        server.faults.clear()
        server.faults.extend(script)
        run = partial(pipeline.sync, self.warehouse.job("sync", full=full, accept_shrink=accept_shrink))
        with mock.patch("extract.client.transport.BACKOFF", return_value=0.0):
            ended = self._run(run, kill_point)
        # The sync gives up when one request has met a fault at every attempt.
        gives_up = len(script) - script.count(None) == MAX_ATTEMPTS and not server.faults
        server.faults.clear()
        fails = gives_up or self.known.refuses(self.served, accept_shrink=accept_shrink)
        after = None if fails else self.known.sync(self.served, self._moment, full=full)
        self._compare(ended, after, kill_point)

    def sync_unsound(self) -> None:
        """Run a sync on a night when four members have an unknown status, which a check refuses."""
        unsound = {number: with_value(self.served[number], STATUS, "MOONLIT") for number in self.sound_members()[:4]}
        self.warehouse.serve(*(self.served | unsound).values())
        self._compare(self._run(partial(self.warehouse.sync, accept_shrink=True)), None)
        self.warehouse.serve(*self.served.values())

    def sound_members(self) -> list[str]:
        """Return the NCT numbers of the trials that are listed and can be read."""
        return [number for number, record in self.served.items() if is_listed(record) and is_sound(record)]

    def backfill(self, numbers: Sequence[str], kill_point: KillPoint | None = None) -> None:
        """Run a backfill of these trials, and compare."""
        ended = self._run(partial(self.warehouse.backfill, *numbers), kill_point)
        self._compare(ended, self.known.backfill(self.served, numbers, self._moment), kill_point)

    def rebuild(self, kill_point: KillPoint | None = None) -> None:
        """Run a rebuild, and compare; every table must have the rows that it had before."""
        before = None if self.is_outdated else self._fetch_every_table()
        ended = self._run(partial(pipeline.rebuild, self.warehouse.job("rebuild")), kill_point)
        self._compare(ended, self.known.rebuilt(), kill_point)
        if before and kill_point is None:
            _assert_same(self._fetch_every_table(), before)

    def outdate(self) -> None:
        """Damage the store's tables and note that they are those of another version."""
        with open_store(self.paths) as store:
            set_store_fact(store, DERIVED_FACT, "another")
            store.execute(_DAMAGE)
        self.is_outdated = self._is_waiting = True

    def remembers(self, day: date) -> None:
        """Assert that the store can show the trials as of the end of a day."""
        with self._open_store() as store:
            trials = mark_as_utc(fetch_rows(store, TRIALS.format("trials_as_of($1)"), day))
        assert trials == make_expected_trials(self._known_on(day))

    def days(self) -> list[date]:
        """Return the days of all runs that were loaded."""
        return sorted({moment.date() for moment, _ in self.past})

    def look_back(self, day: date) -> None:
        """Assert that the published warehouse, opened as of a day that it covers, holds what was known then."""
        last = max(moment for moment, _ in self.past if moment.date() <= day)
        look = (day, self._published_at)
        if look not in self._looks and not self._is_waiting and last <= self._published_at:
            self._looks.add(look)
            with open_as_of(self.warehouse.path, day) as connection:
                tables = read_modelled_tables(connection)
            expected = make_expected_tables(self._known_on(day))
            # The quarantine has no history.
            del tables["quarantine"], expected["quarantine"]
            _assert_same(tables, expected)

    @property
    def _moment(self) -> datetime:
        """The time of the next run: that of the clock, but always after the run before."""
        return max(self._clock, self._newest + _SHORTEST)

    def _known_on(self, day: date) -> History:
        return [known for moment, known in self.past if moment.date() <= day][-1]

    def _run(self, run: Callable[[], RunSummary], kill_point: KillPoint | None = None) -> _Ended:
        """Run in this process, or in a child that is killed at a point."""
        before = self._read_published()
        with clock_stands_at(f"{self._clock:%Y-%m-%d %H:%M:%S.%f}"):
            if kill_point:
                return _Ended(run_and_kill_at(kill_point, run), before)
            try:
                return _Ended(ENDED, before, run())
            except FORESEEN as error:
                return _Ended(FAILED, before, failure=str(error))

    def _compare(self, ended: _Ended, after: History | None, kill_point: KillPoint | None = None) -> None:
        """Compare what a run left with what must be there; a run that must fail has no `after`."""
        must_fail = after is None
        assert ended.how == KILLED or (ended.how == FAILED) == must_fail, ended
        moment, stands = self._moment, self._note_end(ended, kill_point)
        if stands == NOTHING:
            assert self._read_published() == ended.before
            return
        assert after is not None
        self.known = after
        self.past.append((moment, after))
        is_new = after.has_news or self._is_waiting
        is_published = is_new and stands == PUBLISHED
        self._is_waiting = is_new and stands == LOADED
        assert (self._read_published() != ended.before) == is_published
        if is_published:
            self._published_at = moment
            with duckdb.connect(str(self.warehouse.path), read_only=True) as published:
                _assert_same(read_modelled_tables(published), make_expected_tables(after))
        if ended.summary:
            self._compare_stored(ended.summary, moment, is_new=is_new)

    def _note_end(self, ended: _Ended, kill_point: KillPoint | None) -> str:
        """Return what stands of a run, and note whether the store is upgraded now."""
        # A run that is killed while it upgrades the store has not even noted that it began.
        if ended.how == KILLED and self.is_outdated and kill_point.function in UPGRADE_FUNCTIONS:
            self.is_outdated = kill_point != AFTER_UPGRADE
            return NOTHING
        self._newest, self.is_outdated = self._moment, False
        if ended.how == KILLED:
            return KILL_POINTS[kill_point]
        return PUBLISHED if ended.how == ENDED else NOTHING

    def _compare_stored(self, summary: RunSummary, moment: datetime, *, is_new: bool) -> None:
        """Compare a run's summary and the store with the model."""
        assert summary["outcome"] == ("published" if is_new else "unchanged")
        assert {name: summary[name] for name in _COUNTED} == {name: self.known.counts[name] for name in _COUNTED}
        assert summary["fetched"] == sum(summary[name] for name in _FETCHED)
        with self._open_store() as store:
            _assert_same(read_modelled_tables(store), make_expected_tables(self.known))
            assert fetch_records(store, _THEN, moment.date()) == fetch_records(store, _NOW)

    def _fetch_every_table(self) -> dict[str, list[Row]]:
        with self._open_store() as store:
            run_tables = {name: fetch_records(store, f"from ops.{name} order by all") for name in _RUN_TABLES}
            return dict(fetch_all_tables(store)) | run_tables

    def _open_store(self) -> duckdb.DuckDBPyConnection:
        return duckdb.connect(str(self.paths.store), read_only=True)

    def _read_published(self) -> tuple[Path, str] | None:
        """Return the path of the published file and the digest of its bytes; None where nothing is published."""
        file = self.warehouse.path
        return (file.resolve(), sha256(file.read_bytes()).hexdigest()) if file.exists() else None


def _assert_same(tables: Mapping[str, list[Any]], expected: Mapping[str, list[Any]]) -> None:
    """Assert that every table has the expected rows; the message names the rows that differ."""
    for name, expected_rows in expected.items():
        rows = tables[name]
        surplus = [row for row in rows if row not in expected_rows]
        missing = [row for row in expected_rows if row not in rows]
        assert rows == expected_rows, f"{name} has {surplus} and lacks {missing}"
