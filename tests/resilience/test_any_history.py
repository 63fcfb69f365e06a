"""The warehouse holds everything that the runs have seen, after any history of the registry and of killed runs.

A history is a walk of random steps. Trials are added, edited, merged, withheld and removed. Runs sync, backfill,
rebuild, meet faults and are killed. The clock moves by minutes or days, or is set back. After each run that ends well
the warehouse equals the model in `tests.support.history_model`. After any other run its published file is the same as
before, byte for byte.

`make test` walks the same few histories each time. For a hundred other, longer ones (12 without the variable):

    HISTORIES=100 python -m pytest -m slow tests/resilience/test_any_history.py
"""

from __future__ import annotations

import os
import shutil
import sys
import tempfile
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest
from hypothesis import HealthCheck, Phase, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, precondition, rule, run_state_machine_as_test

from extract.client.transport import MAX_ATTEMPTS
from extract.sample.server import RegistryServer
from tests.support import faults
from tests.support.forked_runs import KILL_POINTS, KillPoint
from tests.support.kept_history import KeptHistory
from tests.support.made_registry import (
    CONDITIONS,
    ELSEWHERE,
    GONE,
    IDENTIFICATION,
    SERVED,
    STATUS,
    TITLE,
    WITHHELD,
    WRONG_SHAPE,
)
from tests.support.made_studies import make_contents
from tests.support.warehouses import Warehouse

if TYPE_CHECKING:
    from collections.abc import Collection

    from extract.sample.server import Fault

HOURS = st.sampled_from([0.1, 1, 20, 24, 200, -50])
"""The hours that pass before a run."""

START = "protocolSection.statusModule.startDateStruct.date"
INTERVENTIONS = "protocolSection.armsInterventionsModule.interventions"
SOME = st.integers(0, 30)
"""An index among the trials that there are; past the end it wraps round."""

MEMBERS = [
    {"conditions": ["Made disease"]},
    {"conditions": ["Another illness"], "keywords": ["Tide", "made disease"]},
    {"conditions": ["Another illness"], "title": "A trial in made disease"},
]
NOT_MEMBER = {"conditions": ["Another illness"]}
EDITS = st.one_of(
    st.tuples(st.just("protocolSection.designModule.enrollmentInfo.count"), st.integers(0, 99)),
    st.tuples(st.just(TITLE), st.sampled_from(["Salt baths", "Kelp in made disease", "Tide"])),
    st.tuples(st.just(STATUS), st.sampled_from(["COMPLETED", "UNKNOWN", "SUSPENDED"])),
    # The last date does not exist.
    st.tuples(st.just(START), st.sampled_from(["2025-03-01", "2025-04", "2025-02-30"])),
    st.tuples(
        st.just(f"{CONDITIONS}.conditions"), st.sampled_from([["Made disease"], ["Made disease", "A made disease"]])
    ),
    st.tuples(st.just(f"{CONDITIONS}.keywords"), st.sampled_from([["Tide"], ["Made disease"]])),
    # An unknown code, and an unknown key.
    st.tuples(st.just(INTERVENTIONS), st.sampled_from([[{"type": "WEATHER"}], [{"type": "DRUG"}]])),
    st.tuples(st.just(f"{IDENTIFICATION}.moonPhase"), st.sampled_from(["Full", "New"])),
)
"""A path in a record, and its new value."""

MOSTLY = st.sampled_from([True, True, True, False])
EVENTS = st.one_of(
    st.tuples(st.just("add"), st.sampled_from([*MEMBERS, NOT_MEMBER])),
    st.tuples(st.just("edit"), SOME, EDITS, MOSTLY),
    st.tuples(st.just("edit"), SOME, EDITS, MOSTLY),
    st.tuples(st.just("insert_site"), SOME, SOME),
    st.tuples(st.just("turn"), SOME, st.sampled_from([ELSEWHERE, WITHHELD, GONE, WRONG_SHAPE])),
    st.tuples(st.just("merge"), SOME, SOME, st.booleans()),
    st.tuples(st.just("come_back"), SOME),
)
DAYS = st.lists(EVENTS, min_size=1, max_size=8)
"""The events in the registry before a night: methods of `AnyHistory`, with their arguments."""

FAULTS = [faults.status(500), faults.raw_bytes(b""), faults.short_body(), faults.cut_json(), faults.html()]
ANY_KILL_POINT = st.sampled_from(list(KILL_POINTS))
REBUILD_FUNCTIONS = ("warehouse", "flows.steps:DIRECT_STEPS.publish", "flows.steps:run")
REBUILD_KILL_POINTS = [point for point in KILL_POINTS if point.function.startswith(REBUILD_FUNCTIONS)]
NUMBERS = st.lists(SOME, min_size=1, max_size=3)


class AnyHistory(RuleBasedStateMachine):
    """The events in a registry and the runs after them; each rule is a run, or a look at the warehouse."""

    def __init__(self, server: RegistryServer, blank_store: Path) -> None:
        super().__init__()
        self.folder = Path(tempfile.mkdtemp(prefix="history-"))
        shutil.copytree(blank_store, self.folder, dirs_exist_ok=True)
        self.kept = KeptHistory(Warehouse(self.folder, server))
        self.registry = self.kept.registry
        for number in range(9):
            self.add(MEMBERS[number % len(MEMBERS)])
        self.add(NOT_MEMBER)
        self.kept.night()

    def teardown(self) -> None:
        """Run a last night, a rebuild that changes nothing, and a look at every day; unless a step has failed."""
        try:
            if sys.exception() is None and self.kept.known.versions:
                self.sync([], hours=24, full=True, accept_shrink=True)
                self.kept.rebuild()
                for day in self.kept.days():
                    self.kept.remembers(day)
        finally:
            shutil.rmtree(self.folder)

    def add(self, parts: dict[str, Any]) -> None:
        """Register a trial, in the set or not."""
        self.registry.add(parts)

    def edit(self, which: int, edit: tuple[str, Any], is_dated: bool) -> None:
        """Change a record, with or without a new date of its last update."""
        number = _pick(which, self.registry.trials)
        self.registry.set(number, *edit)
        if is_dated:
            self.registry.update(number)

    def insert_site(self, which: int, index: int) -> None:
        """Give a trial one more site."""
        self.registry.insert_site(_pick(which, self.registry.trials), index)

    def turn(self, which: int, state: str) -> None:
        """Let a trial leave the search, be withheld, be removed, or have a record of another shape."""
        if self.registry.present():
            self.registry.turn(_pick(which, self.registry.present()), state)

    def merge(self, which: int, successor: int, hands_over: bool) -> None:
        """Merge a trial into another."""
        number, *others = _rotate(which, self.registry.present())
        if others:
            self.registry.merge(number, _pick(successor, others), hands_over=hands_over)

    def come_back(self, which: int) -> None:
        """Serve a trial again as it was."""
        if self.registry.altered():
            self.registry.turn(_pick(which, self.registry.altered()), SERVED)

    @rule(events=DAYS, hours=HOURS, full=st.booleans(), accept_shrink=MOSTLY)
    def sync(self, events: list[Any], hours: float, full: bool, accept_shrink: bool) -> None:
        self._pass_night(events, hours)
        self.kept.sync(full=full, accept_shrink=accept_shrink)

    @rule(hours=HOURS)
    def sync_again(self, hours: float) -> None:
        self.kept.pass_time(hours)
        self.kept.sync()

    @rule(events=DAYS, fault=st.sampled_from(FAULTS), sound=st.integers(0, 4), times=st.sampled_from([1, MAX_ATTEMPTS]))
    def sync_with_a_fault(self, events: list[Any], fault: Fault, sound: int, times: int) -> None:
        self._pass_night(events, 24)
        self.kept.sync(script=[*[None] * sound, *[fault] * times])

    @rule(events=DAYS)
    def sync_of_unsound_data(self, events: list[Any]) -> None:
        self._pass_night(events, 24)
        if len(self.kept.sound_members()) > 3:
            self.kept.sync_unsound()
        self.kept.sync()

    @rule(hours=HOURS, which=NUMBERS, kill_point=st.none() | ANY_KILL_POINT)
    def backfill(self, hours: float, which: list[int], kill_point: KillPoint | None) -> None:
        self.kept.pass_time(hours)
        numbers = dict.fromkeys(_pick(index, self.registry.trials) for index in which)
        self.kept.backfill(list(numbers), kill_point=kill_point)

    @rule(events=DAYS, kill_points=st.lists(ANY_KILL_POINT, min_size=1, max_size=2), hours=HOURS)
    def killed_sync(self, events: list[Any], kill_points: list[KillPoint], hours: float) -> None:
        self._pass_night(events, hours)
        for kill_point in kill_points:
            self.kept.sync(kill_point=kill_point)

    @precondition(lambda self: self.kept.known.versions)
    @rule(is_upgrade=st.booleans(), kill_point=st.none() | st.sampled_from(REBUILD_KILL_POINTS))
    def rebuild(self, is_upgrade: bool, kill_point: KillPoint | None) -> None:
        if is_upgrade and not self.kept.is_outdated:
            self.kept.outdate()
        else:
            self.kept.rebuild(kill_point=kill_point)

    @precondition(lambda self: self.kept.past)
    @rule(which=SOME)
    def look_back(self, which: int) -> None:
        self.kept.look_back(_pick(which, self.kept.days()))

    def _pass_night(self, events: list[Any], hours: float) -> None:
        """Run the events of a day in the registry, serve the night after it, and move the clock."""
        for name, *arguments in events:
            getattr(self, name)(*arguments)
        self.kept.night()
        self.kept.pass_time(hours)


def _rotate(index: int, items: Collection[str]) -> list[str]:
    """Return all items in their order, beginning at an index that wraps round."""
    start = index % max(len(items), 1)
    return [*list(items)[start:], *list(items)[:start]]


def _pick(index: int, items: Collection[Any]) -> Any:
    """Return the item at an index that wraps round."""
    return _rotate(index, items)[0]


COMMON = {"deadline": None, "database": None, "suppress_health_check": list(HealthCheck)}
FEW = settings(max_examples=2, stateful_step_count=8, derandomize=True, phases=[Phase.generate], **COMMON)
MANY = settings(
    max_examples=int(os.environ.get("HISTORIES", "12")), stateful_step_count=30, phases=[Phase.generate], **COMMON
)


def walk_histories(profile: settings, blank_store: Path) -> None:
    """Walk as many histories as the profile says; the failure message has the steps of a history that is not kept."""
    with RegistryServer(make_contents()) as server:
        run_state_machine_as_test(lambda: AnyHistory(server, blank_store), settings=profile)


@pytest.mark.timeout(600)
@pytest.mark.filterwarnings("ignore:.*fork:DeprecationWarning")
def test_any_history_is_kept(blank_store):
    """After any walk of edits, nights, faults and kills, the warehouse holds exactly what the registry showed."""
    walk_histories(FEW, blank_store)


@pytest.mark.slow
@pytest.mark.timeout(0)
@pytest.mark.filterwarnings("ignore:.*fork:DeprecationWarning")
def test_many_histories_are_kept(blank_store):
    """Longer walks, different each time, are kept too."""
    walk_histories(MANY, blank_store)
