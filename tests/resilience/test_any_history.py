"""Whatever the registry does and wherever a run dies, the warehouse holds what was seen: a model says what.

A history is a walk of random steps: trials are added, edited, merged, withheld and taken away; runs sync, backfill,
rebuild, meet faults and are killed; the clock goes on by minutes or days, or is set back. After each run that ends well
the warehouse equals `tests.support.history_model`; after each that does not its published file is what it was, byte for
byte.

`make test` walks the same few each time; `HISTORIES=100 python -m pytest -m slow tests/resilience/test_any_history.py`
walks a hundred others, longer ones (12 where nobody says).
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
from tests.support.forked_runs import DEATHS, Place
from tests.support.kept_history import KeptHistory
from tests.support.made_registry import (
    CONDITIONS,
    ELSEWHERE,
    GONE,
    IDENTIFICATION,
    MISFIT,
    SERVED,
    STATUS,
    TITLE,
    WITHHELD,
)
from tests.support.made_studies import made_contents
from tests.support.warehouses import Warehouse

if TYPE_CHECKING:
    from collections.abc import Collection

    from extract.sample.server import Fault

HOURS = st.sampled_from([0.1, 1, 20, 24, 200, -50])
"""That pass before a run."""

START = "protocolSection.statusModule.startDateStruct.date"
INTERVENTIONS = "protocolSection.armsInterventionsModule.interventions"
SOME = st.integers(0, 30)
"""One of the trials: its place among those there are, counted round."""

MEMBERS = [
    {"conditions": ["Made disease"]},
    {"conditions": ["Another illness"], "keywords": ["Tide", "made disease"]},
    {"conditions": ["Another illness"], "title": "A trial in made disease"},
]
STRANGER = {"conditions": ["Another illness"]}
EDITS = st.one_of(
    st.tuples(st.just("protocolSection.designModule.enrollmentInfo.count"), st.integers(0, 99)),
    st.tuples(st.just(TITLE), st.sampled_from(["Salt baths", "Kelp in made disease", "Tide"])),
    st.tuples(st.just(STATUS), st.sampled_from(["COMPLETED", "UNKNOWN", "SUSPENDED"])),
    st.tuples(st.just(START), st.sampled_from(["2025-03-01", "2025-04", "2025-02-30"])),  # the last cannot be read
    st.tuples(
        st.just(f"{CONDITIONS}.conditions"), st.sampled_from([["Made disease"], ["Made disease", "A made disease"]])
    ),
    st.tuples(st.just(f"{CONDITIONS}.keywords"), st.sampled_from([["Tide"], ["Made disease"]])),
    st.tuples(st.just(INTERVENTIONS), st.sampled_from([[{"type": "WEATHER"}], [{"type": "DRUG"}]])),  # an unknown code
    st.tuples(st.just(f"{IDENTIFICATION}.moonPhase"), st.sampled_from(["Full", "New"])),  # an unknown key
)
"""A path in a record, and what stands there from now on."""

MOSTLY = st.sampled_from([True, True, True, False])
EVENTS = st.one_of(
    st.tuples(st.just("add"), st.sampled_from([*MEMBERS, STRANGER])),
    st.tuples(st.just("edit"), SOME, EDITS, MOSTLY),
    st.tuples(st.just("edit"), SOME, EDITS, MOSTLY),
    st.tuples(st.just("insert_site"), SOME, SOME),
    st.tuples(st.just("turn"), SOME, st.sampled_from([ELSEWHERE, WITHHELD, GONE, MISFIT])),
    st.tuples(st.just("merge"), SOME, SOME, st.booleans()),
    st.tuples(st.just("come_back"), SOME),
)
DAYS = st.lists(EVENTS, min_size=1, max_size=8)
"""What happens in the registry before a night: methods of `AnyHistory`, with their arguments."""

FAULTS = [faults.status(500), faults.raw(b""), faults.short_body(), faults.cut_json(), faults.html()]
PLACES = st.sampled_from(list(DEATHS))
IN_A_REBUILD = [
    place
    for place in DEATHS
    if place.function.startswith(("warehouse", "flows.steps:DIRECT_STEPS.publish", "flows.steps:run"))
]
NUMBERS = st.lists(SOME, min_size=1, max_size=3)


class AnyHistory(RuleBasedStateMachine):
    """What can happen in the registry, and the runs that follow it: each rule is a run, or a look at what there is."""

    def __init__(self, server: RegistryServer, blank: Path) -> None:
        super().__init__()
        self.folder = Path(tempfile.mkdtemp(prefix="history-"))
        shutil.copytree(blank, self.folder, dirs_exist_ok=True)
        self.kept = KeptHistory(Warehouse(self.folder, server))
        self.registry = self.kept.registry
        for number in range(9):
            self.add(MEMBERS[number % len(MEMBERS)])
        self.add(STRANGER)
        self.kept.night()

    def teardown(self) -> None:
        """A last night, a rebuild that changes nothing, and a look at every day; unless a step has failed."""
        try:
            if sys.exception() is None and self.kept.known.versions:
                self.sync([], hours=24, full=True, accept_shrink=True)
                self.kept.rebuild()
                for day in self.kept.days():
                    self.kept.remembers(day)
        finally:
            shutil.rmtree(self.folder)

    def add(self, parts: dict[str, Any]) -> None:
        """A trial is registered, in the set or not."""
        self.registry.add(parts)

    def edit(self, which: int, edit: tuple[str, Any], is_dated: bool) -> None:
        """A record changes, with a new date of its update or without."""
        number = _one(which, self.registry.trials)
        self.registry.set(number, *edit)
        if is_dated:
            self.registry.update(number)

    def insert_site(self, which: int, place: int) -> None:
        """A trial has one more site."""
        self.registry.insert_site(_one(which, self.registry.trials), place)

    def turn(self, which: int, state: str) -> None:
        """A trial leaves the search, is withheld, is taken away, or has a record that is no study."""
        if self.registry.present():
            self.registry.turn(_one(which, self.registry.present()), state)

    def merge(self, which: int, successor: int, hands_over: bool) -> None:
        """A trial is merged into another."""
        number, *others = _from(which, self.registry.present())
        if others:
            self.registry.merge(number, _one(successor, others), hands_over=hands_over)

    def come_back(self, which: int) -> None:
        """A trial is served again as it was."""
        if self.registry.altered():
            self.registry.turn(_one(which, self.registry.altered()), SERVED)

    @rule(events=DAYS, hours=HOURS, full=st.booleans(), accept_shrink=MOSTLY)
    def sync(self, events: list[Any], hours: float, full: bool, accept_shrink: bool) -> None:
        self._live(events, hours)
        self.kept.sync(full=full, accept_shrink=accept_shrink)

    @rule(hours=HOURS)
    def sync_again(self, hours: float) -> None:
        self.kept.pass_time(hours)
        self.kept.sync()

    @rule(events=DAYS, fault=st.sampled_from(FAULTS), sound=st.integers(0, 4), times=st.sampled_from([1, MAX_ATTEMPTS]))
    def sync_with_a_fault(self, events: list[Any], fault: Fault, sound: int, times: int) -> None:
        self._live(events, 24)
        self.kept.sync(script=[*[None] * sound, *[fault] * times])

    @rule(events=DAYS)
    def sync_of_unsound_data(self, events: list[Any]) -> None:
        self._live(events, 24)
        if len(self.kept.sound_members()) > 3:
            self.kept.sync_unsound()
        self.kept.sync()

    @rule(hours=HOURS, which=NUMBERS, place=st.none() | PLACES)
    def backfill(self, hours: float, which: list[int], place: Place | None) -> None:
        self.kept.pass_time(hours)
        numbers = dict.fromkeys(_one(other, self.registry.trials) for other in which)
        self.kept.backfill(list(numbers), place=place)

    @rule(events=DAYS, places=st.lists(PLACES, min_size=1, max_size=2), hours=HOURS)
    def killed_sync(self, events: list[Any], places: list[Place], hours: float) -> None:
        self._live(events, hours)
        for place in places:
            self.kept.sync(place=place)

    @precondition(lambda self: self.kept.known.versions)
    @rule(is_upgrade=st.booleans(), place=st.none() | st.sampled_from(IN_A_REBUILD))
    def rebuild(self, is_upgrade: bool, place: Place | None) -> None:
        if is_upgrade and not self.kept.is_outdated:
            self.kept.outdate()
        else:
            self.kept.rebuild(place=place)

    @precondition(lambda self: self.kept.past)
    @rule(which=SOME)
    def look_back(self, which: int) -> None:
        self.kept.look_back(_one(which, self.kept.days()))

    def _live(self, events: list[Any], hours: float) -> None:
        """A day in the registry, and the night after it."""
        for name, *arguments in events:
            getattr(self, name)(*arguments)
        self.kept.night()
        self.kept.pass_time(hours)


def _from(which: int, among: Collection[str]) -> list[str]:
    """All of them, from one on and round."""
    place = which % max(len(among), 1)
    return [*list(among)[place:], *list(among)[:place]]


def _one(which: int, among: Collection[Any]) -> Any:
    return _from(which, among)[0]


COMMON = {"deadline": None, "database": None, "suppress_health_check": list(HealthCheck)}
FEW = settings(max_examples=2, stateful_step_count=8, derandomize=True, phases=[Phase.generate], **COMMON)
MANY = settings(
    max_examples=int(os.environ.get("HISTORIES", "12")), stateful_step_count=30, phases=[Phase.generate], **COMMON
)


def walk(profile: settings, blank: Path) -> None:
    """Walk as many histories as a profile says, and fail with the steps of one that is not kept."""
    with RegistryServer(made_contents()) as server:
        run_state_machine_as_test(lambda: AnyHistory(server, blank), settings=profile)


@pytest.mark.timeout(600)
@pytest.mark.filterwarnings("ignore:.*fork:DeprecationWarning")
def test_any_history_is_kept(blank):
    """After any walk of edits, nights, faults and deaths, the warehouse holds exactly what the registry showed."""
    walk(FEW, blank)


@pytest.mark.slow
@pytest.mark.timeout(0)
@pytest.mark.filterwarnings("ignore:.*fork:DeprecationWarning")
def test_many_histories_are_kept(blank):
    """The same for longer walks, others each time."""
    walk(MANY, blank)
