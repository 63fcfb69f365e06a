"""A database equals the published file after any history, although a publish moves only what has changed.

The steps are those of `tests/resilience/test_any_history.py`, and some that its model does not know: a return to an
earlier night, another condition set, other rules, and runs from the future. Publishes come in between, so a publish
makes up for any number of runs. This proves that `Source.compute_frame` and `Source.find_touched` miss nothing.

For a hundred other, longer histories (6 without the variable):

    HISTORIES=100 python -m pytest -m slow -s tests/targets/test_any_history_of_targets.py
"""

from __future__ import annotations

import os
import shutil
import sys
from collections import Counter
from functools import partial
from typing import TYPE_CHECKING, Any

import pytest
from hypothesis import Phase, settings
from hypothesis import strategies as st
from hypothesis.stateful import precondition, rule, run_state_machine_as_test

from extract.sample.server import RegistryServer
from flows import pipeline
from tests.resilience.test_any_history import COMMON, DAYS, HOURS, MEMBERS, NUMBERS, SOME, AnyHistory
from tests.support.database_server import PASSWORD
from tests.support.forked_runs import ENDED, KillPoint
from tests.support.kept_history import KeptHistory
from tests.support.made_registry import GONE, TITLE, WRONG_SHAPE
from tests.support.made_studies import make_contents
from tests.support.team_database import create_team_database
from tests.support.warehouses import CONDITION_SET
from warehouse.errors import TargetNewer
from warehouse.targets.source import open_source

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import Path

    from tests.support.database_server import DatabaseServer
    from tests.support.history_model import History
    from tests.support.warehouses import Warehouse

SETS = [
    CONDITION_SET,
    'name = "made"\ntitle = "Kelp"\nsearch = "\\"made disease\\""\nexclude = ["NCT00000002"]\n',
    'name = "everything"\ntitle = "Every study"\nadvanced = "ALL"\n',
]
"""Condition sets that follow one another; two have the same name."""

RULE = '[[mention]]\nconcept = "thing"\nvalue = "{0}"\nwords = ["{0}"]\n'
WORDS = ["salt", "kelp", "trial"]
AFTER_PUBLISH = KillPoint("after", "warehouse.publish:_remove_old_files")
A_DECADE = 24 * 3650
RARELY = st.sampled_from([False, False, False, True])


class UnmodelledHistory(KeptHistory):
    """A kept history without its comparisons: the target is compared with the file, whatever that holds.

    Attributes:
        sets: the condition set that each published file follows.
    """

    def __init__(self, warehouse: Warehouse) -> None:
        super().__init__(warehouse)
        self.sets: dict[Path, str] = {}

    def rebuild(self, kill_point: KillPoint | None = None) -> None:
        """Run a rebuild."""
        self._compare(self._run(partial(pipeline.rebuild, self.warehouse.job("rebuild")), kill_point), None)

    def sync_with(self, **options: Any) -> bool:
        """Run a sync with these options of its job, and return whether it ended well."""
        ended = self._run(partial(self.warehouse.sync, accept_shrink=True, **options))
        self._compare(ended, None)
        return bool(ended.how == ENDED)

    def _compare(self, ended: Any, after: History | None, kill_point: KillPoint | None = None) -> None:
        # What is known only says here which steps make sense.
        if ended.how == ENDED:
            self.known, self.is_outdated = after or self.known, False
        self.sets[self.warehouse.path.resolve()] = (self.warehouse.folder / "made.toml").read_text()


class AnyHistoryOfTargets(AnyHistory):
    """The steps of any history, some more, and publishes to a database between them."""

    def __init__(
        self, server: RegistryServer, blank_store: Path, databases: DatabaseServer, seen: Counter[str]
    ) -> None:
        super().__init__(server, blank_store)
        self.kept = UnmodelledHistory(self.kept.warehouse)
        self.kept.registry = self.registry
        self.kept.night()
        self.seen = seen
        self._database = create_team_database(databases)
        self.team = self._database.__enter__()

    def teardown(self) -> None:
        """Run a last night and a last publish, unless a step has failed; and throw all away."""
        try:
            if sys.exception() is None:
                self.kept.night()
                self.kept.pass_time(24)
                if self.kept.sync_with(full=True) or self.kept.warehouse.path.exists():
                    self.publish(is_full=False)
        finally:
            self._database.__exit__(None, None, None)
            shutil.rmtree(self.folder)

    @precondition(lambda self: self.kept.warehouse.path.exists())
    @rule(is_full=RARELY)
    def publish(self, is_full: bool) -> None:
        """Publish, and compare every table with the file's."""
        held = self._read_held()
        with open_source(self.kept.paths) as source:
            is_newer = bool(held) and held[0] > source.run_id
            is_other_frame = held is None or source.compute_frame(held[0]) != held[1]
        if is_newer:
            # Only the next run after a return to an earlier night has a number above all others.
            self.seen["older"] += 1
            with pytest.raises(TargetNewer):
                self.team.publish(self.kept.warehouse, is_full=is_full)
            return
        published = self.team.publish(self.kept.warehouse, is_full=is_full)
        assert self.team.differs_from(self.kept.warehouse) == {}
        # Also without the look at the number of rows, which would hide most mistakes of the two functions.
        assert published.is_whole == (is_full or is_other_frame)
        self.seen["whole" if published.is_whole else "in part" if published.rows else "nothing"] += 1

    @rule(events=DAYS, hours=HOURS)
    def sync_and_publish(self, events: list[Any], hours: float) -> None:
        self.sync(events=events, hours=hours, full=False, accept_shrink=True)
        self._publish_if_any()

    @rule(which=NUMBERS)
    def backfill_and_publish(self, which: list[int]) -> None:
        self.backfill(hours=1, which=which, kill_point=None)
        self._publish_if_any()

    @rule(which=SOME)
    def return_to_an_earlier_night(self, which: int) -> None:
        """Turn the link to an earlier published file, and remove the store, as docs/operator.md says."""
        paths = self.kept.paths
        files = sorted(paths.published.glob("run-*/aclf.duckdb"))
        if len(files) > 1:
            self.seen["returns"] += 1
            chosen = files[which % (len(files) - 1)]
            (self.folder / "made.toml").write_text(self.kept.sets[chosen])
            paths.warehouse.unlink()
            paths.warehouse.symlink_to(chosen)
            paths.store.unlink(missing_ok=True)

    @rule(which=st.integers(1, len(SETS) - 1))
    def follow_another_set(self, which: int) -> None:
        """Follow another condition set from now on."""
        file = self.folder / "made.toml"
        before = file.read_text()
        after = SETS[(SETS.index(before.partition("rules =")[0]) + which) % len(SETS)]
        file.write_text(after)
        self.kept.pass_time(1)
        if not self.kept.sync_with(replace_set=True):
            file.write_text(before)

    @rule(word=st.sampled_from(WORDS))
    def read_by_other_rules(self, word: str) -> None:
        """Give the set's texts other rules."""
        file = self.folder / "made.toml"
        (self.folder / "things.toml").write_text(RULE.format(word))
        file.write_text(f'{file.read_text().partition("rules =")[0]}rules = ["things.toml"]\n')
        self.kept.pass_time(1)
        self.kept.sync_with()

    @rule(events=DAYS, is_published=st.booleans())
    def sync_from_the_future(self, events: list[Any], is_published: bool) -> None:
        """Run one sync with a clock that is a decade ahead; the next run corrects its times."""
        self._pass_night(events, A_DECADE)
        self.kept.sync_with()
        if is_published:
            self._publish_if_any()
        self.kept.pass_time(24 - A_DECADE)

    def _publish_if_any(self) -> None:
        if self.kept.warehouse.path.exists():
            self.publish(is_full=False)

    def _read_held(self) -> tuple[int, str] | None:
        if self.team.fetch("select to_regclass('ops.target')") == [(None,)]:
            return None
        return self.team.fetch("select run_id, frame from ops.target")[0]


MANY = settings(
    max_examples=int(os.environ.get("HISTORIES", "6")), stateful_step_count=40, phases=[Phase.generate], **COMMON
)


@pytest.fixture
def machine_of(blank_store, database_server, monkeypatch) -> Iterator[Callable[[Counter[str]], AnyHistoryOfTargets]]:
    """Yield a function that makes a history with an empty database; it counts the publishes by what they wrote."""
    monkeypatch.setenv("PGPASSWORD", PASSWORD)
    with RegistryServer(make_contents()) as server:
        yield lambda seen: AnyHistoryOfTargets(server, blank_store, database_server, seen)


@pytest.mark.timeout(600)
@pytest.mark.filterwarnings("ignore:.*fork:DeprecationWarning")
def test_each_step_is_in_the_database(machine_of):
    """After each kind of step, one by one, every table of the database is the file's."""
    seen = Counter[str]()
    machine = machine_of(seen)
    retitled = [("edit", 1, (TITLE, "Kelp in made disease"), True)]
    others = [("insert_site", 3, 0), ("merge", 4, 5, True), ("turn", 6, GONE), ("add", MEMBERS[0])]
    misshapen, back = [("turn", 1, WRONG_SHAPE)], [("come_back", 0), ("come_back", 1)]
    for step in (
        partial(machine.sync, events=retitled, hours=24, full=False, accept_shrink=True),
        partial(machine.sync, events=others, hours=24, full=False, accept_shrink=True),
        partial(machine.sync_again, hours=200),
        partial(machine.sync, events=misshapen, hours=24, full=False, accept_shrink=True),
        partial(machine.sync, events=back, hours=-50, full=True, accept_shrink=True),
        partial(machine.backfill, hours=1, which=[2, 9], kill_point=None),
        partial(machine.killed_sync, events=retitled, kill_points=[AFTER_PUBLISH], hours=24),
        partial(machine.sync_again, hours=24),
        partial(machine.rebuild, is_upgrade=False, kill_point=None),
        partial(machine.read_by_other_rules, word="kelp"),
        partial(machine.follow_another_set, which=1),
        partial(machine.sync_from_the_future, events=others[:1], is_published=True),
        partial(machine.sync, events=others[:1], hours=24, full=False, accept_shrink=True),
        partial(machine.return_to_an_earlier_night, which=0),
        partial(machine.sync, events=others[-1:], hours=24, full=False, accept_shrink=True),
    ):
        step()
        machine.publish(is_full=False)
    machine.teardown()
    # A publish of all rows proves nothing about what has changed.
    assert seen["in part"] > 5, seen


@pytest.mark.slow
@pytest.mark.timeout(0)
@pytest.mark.filterwarnings("ignore:.*fork:DeprecationWarning")
def test_any_history_is_in_the_database(machine_of):
    """After any walk of edits, nights, faults, kills and returns, every table of the database is the file's."""
    seen = Counter[str]()
    run_state_machine_as_test(lambda: machine_of(seen), settings=MANY)
    sys.stderr.write(f"publishes, and returns to an earlier night: {dict(seen)}\n")
    assert seen["in part"] > 0
