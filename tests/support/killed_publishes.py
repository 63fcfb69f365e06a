"""Publish to a database in a child process that is killed, as by kill -9, at one moment of the publish."""

from __future__ import annotations

import os
import signal
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import psycopg

from tests.support.database_server import PASSWORD
from tests.support.killed_runs import start_child, wait_for_exit_code
from warehouse.targets import publishing
from warehouse.targets.addresses import parse_address
from warehouse.targets.postgresql import PostgreSQL

if TYPE_CHECKING:
    from collections.abc import Callable

    from warehouse.paths import Paths


@dataclass(frozen=True, slots=True)
class Moment:
    """A moment of a publish: `before` or `after` the `count`th call of a function.

    Attributes:
        when: `before` or `after`.
        owner: what has the function.
        name: the function.
        count: which of its calls, from 1.
    """

    when: str
    owner: Any
    name: str
    count: int = 1


MOMENTS = {
    "after the lock": Moment("before", PostgreSQL, "_read_held"),
    "after the first deletes": Moment("after", PostgreSQL, "delete", 3),
    "in the middle of a copy": Moment("after", psycopg.Copy, "write", 5),
    "when all rows are there": Moment("before", PostgreSQL, "finish"),
    "before the commit": Moment("before", psycopg.Connection, "commit"),
    "after the commit": Moment("after", psycopg.Connection, "commit"),
    "before it is noted": Moment("before", publishing, "note_published"),
}
"""The moments at which a test kills a publish."""


def call_at(moment: Moment, act: Callable[[], object], replace: Callable[[Any, str, Any], None] = setattr) -> None:
    """Call `act` at a moment of the next publishes of this process.

    Args:
        moment: the moment.
        act: what is called.
        replace: replaces the function of the moment, as `setattr` does.
    """
    original, calls = getattr(moment.owner, moment.name), 0

    def count_and_call(*arguments: Any, **named: Any) -> Any:
        nonlocal calls
        calls += 1
        if calls == moment.count and moment.when == "before":
            act()
        result = original(*arguments, **named)
        if calls == moment.count and moment.when == "after":
            act()
        return result

    replace(moment.owner, moment.name, count_and_call)


def start_doomed_publish(paths: Paths, address: str, moment: str, *, is_full: bool) -> Any:
    """Start a process that publishes and is killed at one of `MOMENTS`, and return it."""
    return start_child(_publish_until, paths, address, moment, is_full)


def wait_until_killed(child: Any) -> None:
    """Wait until the process of `start_doomed_publish` is killed."""
    assert wait_for_exit_code(child) == -signal.SIGKILL, "the publish did not come to the moment"


def _publish_until(paths: Paths, address: str, moment: str, is_full: bool) -> None:
    # The fork server may have started before the test set this.
    os.environ["PGPASSWORD"] = PASSWORD
    call_at(MOMENTS[moment], lambda: os.kill(os.getpid(), signal.SIGKILL))
    publishing.publish_to(paths, parse_address(address), is_full=is_full)
