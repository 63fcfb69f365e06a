"""Run the pipeline in a fork of this process that is killed, as by kill -9, at a function, and say what then stands.

A fork has everything imported, so that a kill costs only a run and not the start of an interpreter. A fork is safe
where no database is open and no thread is at work except the registry's. The child does not have the registry's
threads, but asks the registry over loopback like any other client.
"""

from __future__ import annotations

import importlib
import os
import signal
import sys
import traceback
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, NoReturn

from extract.errors import RunFailed

if TYPE_CHECKING:
    from collections.abc import Callable

KILLED, ENDED, FAILED = "killed", "ended", "failed"
"""How a child ended: killed at its kill point; ended well, without reaching it; or failed before it."""

_ENDINGS = {-signal.SIGKILL: KILLED, 0: ENDED, 1: FAILED}
_BROKEN = 2
_LONGEST_SECONDS = 60


@dataclass(frozen=True, slots=True)
class KillPoint:
    """The moment at which a run is killed: `before` or `after` a function such as `warehouse.publish:_make_link`."""

    when: str
    function: str


NOTHING, LOADED, PUBLISHED = "nothing", "loaded", "published"
"""What stands of a run after a kill: nothing, its rows in the store, or also its published file."""

_STANDING = (
    # function; what stands after a kill before it; what stands after a kill after it
    ("flows.steps:DIRECT_STEPS.ask_version", NOTHING, NOTHING),
    ("flows.steps:DIRECT_STEPS.list_condition_sets", NOTHING, NOTHING),
    ("flows.steps:DIRECT_STEPS.plan", NOTHING, NOTHING),
    ("flows.steps:DIRECT_STEPS.fetch", NOTHING, NOTHING),
    ("flows.steps:DIRECT_STEPS.ask_for_vanished", NOTHING, NOTHING),
    ("flows.steps:DIRECT_STEPS.ask_for_each", NOTHING, NOTHING),
    ("flows.steps:DIRECT_STEPS.load", NOTHING, LOADED),
    ("flows.steps:DIRECT_STEPS.publish", LOADED, PUBLISHED),
    ("extract.landing:write_whole", NOTHING, NOTHING),
    ("warehouse.loading.load:load_round", NOTHING, NOTHING),
    ("warehouse.loading.load:finish_load", NOTHING, NOTHING),
    ("warehouse.loading.load:note_changes", NOTHING, NOTHING),
    ("warehouse.loading.load:load_membership", NOTHING, NOTHING),
    ("warehouse.loading.rebuild:rebuild_tables", NOTHING, NOTHING),
    ("warehouse.loading.rebuild:note_changes", NOTHING, NOTHING),
    ("flows.steps:run_checks", NOTHING, NOTHING),
    ("warehouse.store:_move_into_place", NOTHING, LOADED),
    ("warehouse.publish:_copy_store", LOADED, LOADED),
    ("warehouse.publish:_make_link", LOADED, LOADED),
    ("warehouse.publish:_remove_old_files", PUBLISHED, PUBLISHED),
    ("extract.landing:Landing.clear", PUBLISHED, PUBLISHED),
)

KILL_POINTS: dict[KillPoint, str] = {}
"""What stands of a run after a kill at each point: the steps of `flows.steps`, and functions within them."""

for _function, _before, _after in _STANDING:
    KILL_POINTS[KillPoint("before", _function)] = _before
    KILL_POINTS[KillPoint("after", _function)] = _after

AFTER_UPGRADE = KillPoint("after", "warehouse.store:_move_into_place")
UPGRADE_FUNCTIONS = {
    "warehouse.loading.rebuild:rebuild_tables",
    "warehouse.loading.rebuild:note_changes",
    AFTER_UPGRADE.function,
}
"""The functions that run before a run is noted, where the store's tables are those of another version."""


def run_and_kill_at(kill_point: KillPoint, run: Callable[[], object]) -> str:
    """Run in a child process that is killed at a point, and return how it ended."""
    child = os.fork()
    if child == 0:
        _run_in_child(kill_point, run)
    _, status = os.waitpid(child, 0)
    code = os.waitstatus_to_exitcode(status)
    assert code in _ENDINGS, f"the child of {kill_point} ended with {code}; its own message is above"
    return _ENDINGS[code]


def _run_in_child(kill_point: KillPoint, run: Callable[[], object]) -> NoReturn:
    """Run in the child, which never returns to the test."""
    code = _BROKEN
    # A child that hangs ends itself, so that the test cannot wait forever.
    signal.signal(signal.SIGALRM, signal.SIG_DFL)
    signal.alarm(_LONGEST_SECONDS)
    try:
        _set_kill_point(kill_point)
        run()
        code = 0
    except RunFailed:
        code = 1
    finally:
        if code == _BROKEN:
            traceback.print_exc()
            sys.stderr.flush()
        os._exit(code)


def _set_kill_point(kill_point: KillPoint) -> None:
    """Replace the function of a kill point by one that kills this process."""
    module, _, path = kill_point.function.rpartition(":")
    owner: Any = importlib.import_module(module)
    *owner_names, name = path.split(".")
    for owner_name in owner_names:
        owner = getattr(owner, owner_name)
    original = getattr(owner, name)

    def kill_process(*arguments: Any, **named: Any) -> None:
        if kill_point.when == "after":
            original(*arguments, **named)
        os.kill(os.getpid(), signal.SIGKILL)

    # `setattr` would fail on the steps, which are a frozen dataclass.
    change = type.__setattr__ if isinstance(owner, type) else object.__setattr__
    change(owner, name, kill_process)
