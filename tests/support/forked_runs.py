"""A run in a child of this process that is killed, as by kill -9, where one function is called; and what then stands.

A fork of the test has everything imported, so that a death costs a run and not the start of an interpreter. It is
sound where no database is open and no thread but the registry's is at work: the child has none of its threads, and
asks it over loopback as anybody else.
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
"""How a child went: it died at its place; it never came there, and ended well; or it failed before."""

_WENT = {-signal.SIGKILL: KILLED, 0: ENDED, 1: FAILED}
_BROKEN = 2
_LONGEST_SECONDS = 60


@dataclass(frozen=True, slots=True)
class Place:
    """Where a run dies: `before` or `after` a function is called, as in `warehouse.publish:_point`."""

    when: str
    function: str


NOTHING, LOADED, PUBLISHED = "nothing", "loaded", "published"
"""What stands of a run that was killed."""

DEATHS = {
    Place(when, function): stands
    for function, before, after in (
        ("flows.steps:DIRECT_STEPS.ask_version", NOTHING, NOTHING),
        ("flows.steps:DIRECT_STEPS.list_condition_set", NOTHING, NOTHING),
        ("flows.steps:DIRECT_STEPS.plan", NOTHING, NOTHING),
        ("flows.steps:DIRECT_STEPS.fetch", NOTHING, NOTHING),
        ("flows.steps:DIRECT_STEPS.ask_for_vanished", NOTHING, NOTHING),
        ("flows.steps:DIRECT_STEPS.ask_for_each", NOTHING, NOTHING),
        ("flows.steps:DIRECT_STEPS.load", NOTHING, LOADED),
        ("flows.steps:DIRECT_STEPS.publish", LOADED, PUBLISHED),
        ("extract.landing:write_whole", NOTHING, NOTHING),
        ("warehouse.loading.load:load_replies", NOTHING, NOTHING),
        ("warehouse.loading.load:note_changes", NOTHING, NOTHING),
        ("warehouse.loading.load:load_membership", NOTHING, NOTHING),
        ("warehouse.loading.rebuild:rebuild_tables", NOTHING, NOTHING),
        ("warehouse.loading.rebuild:note_changes", NOTHING, NOTHING),
        ("flows.steps:run_checks", NOTHING, NOTHING),
        ("warehouse.store:_take_its_place", NOTHING, LOADED),
        ("warehouse.publish:_copy", LOADED, LOADED),
        ("warehouse.publish:_point", LOADED, PUBLISHED),
        ("warehouse.publish:_forget_old", PUBLISHED, PUBLISHED),
        ("extract.landing:Landing.clear", PUBLISHED, PUBLISHED),
    )
    for when, stands in (("before", before), ("after", after))
}
"""Where a run can be killed, and what then stands of it: the steps of `flows.steps`, and what lies within them."""

UPGRADED = Place("after", "warehouse.store:_take_its_place")
IN_AN_UPGRADE = {
    "warehouse.loading.rebuild:rebuild_tables",
    "warehouse.loading.rebuild:note_changes",
    UPGRADED.function,
}
"""What is called first, before a run is noted, where the store's tables are those of another version."""


def die_at(place: Place, run: Callable[[], object]) -> str:
    """Run in a child process that dies at a place, and say how it went."""
    child = os.fork()
    if child == 0:
        _run(place, run)
    _, status = os.waitpid(child, 0)
    code = os.waitstatus_to_exitcode(status)
    assert code in _WENT, f"the child of {place} ended with {code}; its own words are above"
    return _WENT[code]


def _run(place: Place, run: Callable[[], object]) -> NoReturn:
    """Run in the child, which never returns to the test."""
    code = _BROKEN
    signal.signal(signal.SIGALRM, signal.SIG_DFL)
    signal.alarm(_LONGEST_SECONDS)
    try:
        _make_deadly(place)
        run()
        code = 0
    except RunFailed:
        code = 1
    finally:
        if code == _BROKEN:
            traceback.print_exc()
            sys.stderr.flush()
        os._exit(code)


def _make_deadly(place: Place) -> None:
    module, _, path = place.function.rpartition(":")
    owner: Any = importlib.import_module(module)
    *way, name = path.split(".")
    for part in way:
        owner = getattr(owner, part)
    whole = getattr(owner, name)

    def dies(*arguments: Any, **named: Any) -> None:
        if place.when == "after":
            whole(*arguments, **named)
        os.kill(os.getpid(), signal.SIGKILL)

    change = type.__setattr__ if isinstance(owner, type) else object.__setattr__  # the steps are frozen
    change(owner, name, dies)
