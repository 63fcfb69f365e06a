"""A warehouse beside the model of what it must hold: each run is compared with the model, or with what was there."""

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
from tests.support.clock import at
from tests.support.forked_runs import (
    DEATHS,
    ENDED,
    FAILED,
    IN_AN_UPGRADE,
    KILLED,
    LOADED,
    NOTHING,
    PUBLISHED,
    UPGRADED,
    die_at,
)
from tests.support.history_model import VERSION_HOLDER, History, is_listed, is_sound
from tests.support.history_tables import TRIALS, expected_tables, expected_trials, held_tables
from tests.support.made_registry import STATUS, MadeRegistry
from tests.support.warehouses import answers, put, records, whole_tables
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
    from flows.run import RunSummary
    from tests.support.forked_runs import Place
    from tests.support.warehouses import Row, Study, Warehouse

BEGINNING = datetime(2026, 9, 11, 3, tzinfo=UTC)
FORESEEN = (RegistryError, ListingRefused, CheckFailed)
"""What a run may fail by."""

_SHORTEST = timedelta(microseconds=1)
_FETCHED = ("inserted", "updated", "unchanged", "quarantined")
_COUNTED = (*_FETCHED, "left", "merged")
_NOW, _THEN = "from trials order by nct_id", "from trials_as_of($1) order by nct_id"
_ACCOUNTS = ("problems", "quarantine", "drift", "trial_drift", "run_trials")
_DAMAGE = "delete from main.trials; delete from main.trial_history; delete from main.trial_changes"


@dataclass(frozen=True, slots=True)
class _Ended:
    """How a run ended, what was published before it, its report where there is one, and what it failed by."""

    how: str
    before: tuple[Path, str] | None
    report: RunSummary | None = None
    failure: str = ""


class KeptHistory:
    """A warehouse, the registry that it follows, and what it must hold.

    Attributes:
        registry: the registry as it is edited; what it serves changes by night.
        served: what it serves, by NCT number.
        known: what the store must hold.
        past: the same after each run that was loaded, with the run's time.
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
        self._is_waiting = False  # the store holds what is not published
        self.is_outdated = False
        self._nights = 0
        self._looks: set[tuple[date, datetime]] = set()

    def night(self) -> None:
        """The registry serves what it was edited to, with the night's date in every record."""
        self._nights += 1
        holder = f"{BEGINNING + timedelta(days=self._nights):%Y-%m-%d}"
        records = self.registry.records()
        self.served = {number: put(record, VERSION_HOLDER, holder) for number, record in records.items()}
        self.warehouse.serve(*self.served.values())

    def pass_time(self, hours: float) -> None:
        """Move the clock on, or back."""
        self._clock += timedelta(hours=hours)

    def sync(
        self,
        *,
        script: Sequence[Fault | None] = (),
        full: bool = False,
        accept_shrink: bool = True,
        place: Place | None = None,
    ) -> None:
        """A sync: its requests met by faults, or killed at a place."""
        server = self.warehouse.server
        server.faults.clear()
        server.faults.extend(script)
        run = partial(pipeline.sync, self.warehouse.job("sync", full=full, accept_shrink=accept_shrink))
        with mock.patch("extract.client.transport.BACKOFF", return_value=0.0):
            ended = self._run(run, place)
        gives_up = len(script) - script.count(None) == MAX_ATTEMPTS and not server.faults
        server.faults.clear()
        fails = gives_up or self.known.refuses(self.served, accept_shrink=accept_shrink)
        self._compare(ended, None if fails else self.known.sync(self.served, self._moment, full=full), place)

    def sync_unsound(self) -> None:
        """A sync of a night on which four members have a status that nobody knows, which no check lets pass."""
        unsound = {number: put(self.served[number], STATUS, "MOONLIT") for number in self.sound_members()[:4]}
        self.warehouse.serve(*(self.served | unsound).values())
        self._compare(self._run(partial(self.warehouse.sync, accept_shrink=True)), None)
        self.warehouse.serve(*self.served.values())

    def sound_members(self) -> list[str]:
        """The trials that are listed and can be read."""
        return [number for number, record in self.served.items() if is_listed(record) and is_sound(record)]

    def backfill(self, numbers: Sequence[str], place: Place | None = None) -> None:
        """A backfill of these trials."""
        ended = self._run(partial(self.warehouse.backfill, *numbers), place)
        self._compare(ended, self.known.backfill(self.served, numbers, self._moment), place)

    def rebuild(self, place: Place | None = None) -> None:
        """A rebuild, after which every table has the rows that it had."""
        before = None if self.is_outdated else self._every_table()
        ended = self._run(partial(pipeline.rebuild, self.warehouse.job("rebuild")), place)
        self._compare(ended, self.known.rebuilt(), place)
        if before and place is None:
            _assert_same(self._every_table(), before)

    def outdate(self) -> None:
        """Make the store one of another version, which has other tables."""
        with open_store(self.paths) as store:
            set_store_fact(store, DERIVED_FACT, "another")
            store.execute(_DAMAGE)
        self.is_outdated = self._is_waiting = True

    def remembers(self, day: date) -> None:
        """What was known at the end of a day can be asked of the store."""
        with self._stored() as store:
            trials = answers(store, TRIALS.format("trials_as_of($1)"), day)
        assert trials == expected_trials(self._known_on(day))

    def days(self) -> list[date]:
        """The days of all runs that were loaded."""
        return sorted({moment.date() for moment, _ in self.past})

    def look_back(self, day: date) -> None:
        """The published warehouse as of a day that it knows of holds all that was known then."""
        last = max(moment for moment, _ in self.past if moment.date() <= day)
        look = (day, self._published_at)
        if look not in self._looks and not self._is_waiting and last <= self._published_at:
            self._looks.add(look)
            with open_as_of(self.warehouse.path, day) as connection:
                held = held_tables(connection)
            expected = expected_tables(self._known_on(day))
            del held["quarantine"], expected["quarantine"]  # a record set aside has no history
            _assert_same(held, expected)

    @property
    def _moment(self) -> datetime:
        """The time of the next run: the clock's, but never before that of the run before."""
        return max(self._clock, self._newest + _SHORTEST)

    def _known_on(self, day: date) -> History:
        return [known for moment, known in self.past if moment.date() <= day][-1]

    def _run(self, run: Callable[[], RunSummary], place: Place | None = None) -> _Ended:
        before = self._published()
        with at(f"{self._clock:%Y-%m-%d %H:%M:%S.%f}"):
            if place:
                return _Ended(die_at(place, run), before)
            try:
                return _Ended(ENDED, before, run())
            except FORESEEN as error:
                return _Ended(FAILED, before, failure=str(error))

    def _compare(self, ended: _Ended, after: History | None, place: Place | None = None) -> None:
        """Hold what a run left against what must be there; a run that must fail has no `after`."""
        assert ended.how == KILLED or (ended.how == FAILED) == (after is None), ended
        moment, stands = self._moment, self._noted(ended, place)
        if stands == NOTHING:
            assert self._published() == ended.before
            return
        assert after is not None
        self.known = after
        self.past.append((moment, after))
        is_new = after.has_news or self._is_waiting
        self._is_waiting = is_new and stands == LOADED
        assert (self._published() != ended.before) == (is_new and stands == PUBLISHED)
        if is_new and stands == PUBLISHED:
            self._published_at = moment
            with duckdb.connect(str(self.warehouse.path), read_only=True) as published:
                _assert_same(held_tables(published), expected_tables(after))
        if ended.report:
            self._compare_stored(ended.report, moment, is_new=is_new)

    def _noted(self, ended: _Ended, place: Place | None) -> str:
        """What stands of a run; one that died while the store was upgraded was not even noted."""
        if ended.how == KILLED and self.is_outdated and place.function in IN_AN_UPGRADE:
            self.is_outdated = place != UPGRADED
            return NOTHING
        self._newest, self.is_outdated = self._moment, False
        return DEATHS[place] if ended.how == KILLED else PUBLISHED if ended.how == ENDED else NOTHING

    def _compare_stored(self, report: RunSummary, moment: datetime, *, is_new: bool) -> None:
        """Hold a run's report and the store against the model."""
        assert report["outcome"] == ("published" if is_new else "unchanged")
        assert {name: report[name] for name in _COUNTED} == {name: self.known.counts[name] for name in _COUNTED}
        assert report["fetched"] == sum(report[name] for name in _FETCHED)
        with self._stored() as store:
            _assert_same(held_tables(store), expected_tables(self.known))
            assert records(store, _THEN, moment.date()) == records(store, _NOW)

    def _every_table(self) -> dict[str, list[Row]]:
        with self._stored() as store:
            accounts = {name: records(store, f"from ops.{name} order by all") for name in _ACCOUNTS}
            return dict(whole_tables(store)) | accounts

    def _stored(self) -> duckdb.DuckDBPyConnection:
        return duckdb.connect(str(self.paths.store), read_only=True)

    def _published(self) -> tuple[Path, str] | None:
        """The file that is published, and the digest of its bytes."""
        file = self.warehouse.path
        return (file.resolve(), sha256(file.read_bytes()).hexdigest()) if file.exists() else None


def _assert_same(held: Mapping[str, list[Any]], expected: Mapping[str, list[Any]]) -> None:
    """Assert that every table has the rows that it must have, or say which it has too many and which it lacks."""
    for name, rows in expected.items():
        too_many, missing = (
            [row for row in one if row not in other] for one, other in ((held[name], rows), (rows, held[name]))
        )
        assert held[name] == rows, f"{name} has {too_many} and lacks {missing}"
