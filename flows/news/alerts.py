"""Tell the operator's command what is new, each event once.

`.aclf/told.json` keeps the newest run whose news were told, or did not have to be. The command is told what later runs
found. The number moves on only after the command has ended well, so a night that failed, a command that failed and a
machine that was off are made up for by the next sync. Runs are numbered upwards, and what a run found keeps the run's
number through a rebuild, so nothing is told twice.
"""

from __future__ import annotations

import json
import os
from contextlib import contextmanager
from dataclasses import replace
from typing import TYPE_CHECKING

import duckdb
from filelock import FileLock, Timeout

from extract.errors import AclfError
from extract.files import write_whole
from flows.errors import NewsNotTold
from flows.news.digest import make_json, make_text
from flows.operator_command import LONGEST_SECONDS, run_operator_command
from warehouse.connect import open_read_only
from warehouse.errors import NoWarehouse
from warehouse.known_sets import read_followed_sets
from warehouse.reading.events import BEGAN
from warehouse.reading.news import read_newest_run, read_news

if TYPE_CHECKING:
    from collections.abc import Collection, Iterator, Sequence

    from warehouse.paths import Paths
    from warehouse.reading.news import News

ON_CHANGE = "ACLF_ON_CHANGE"
"""A shell command that is given the digest of the news on its standard input: `mail`, `curl` to a webhook."""

DIGEST = "ACLF_DIGEST"
"""The variable in which that command finds the path of the digest as JSON."""

_RUN = "run_id"


def remember_beginning(paths: Paths) -> None:
    """Keep what is published now as told, if nothing was ever told of this warehouse.

    A sync calls this before it changes anything, so that its own news are the first that are told: all of a new
    warehouse's, and none of an old one's past.
    """
    if not os.environ.get(ON_CHANGE) or paths.told.exists():
        return
    newest = 0
    # Without a warehouse there is nothing that counts as told.
    if paths.warehouse.exists():
        with open_read_only(paths.warehouse) as connection:
            newest = read_newest_run(connection)
    _remember(paths, newest)


def tell_news(paths: Paths, events: Collection[str]) -> int | None:
    """Run the command of ACLF_ON_CHANGE with what was not told yet, if there is something.

    Args:
        paths: those of the warehouse.
        events: the events of `EVENTS` that are told. Others count as told.

    Returns:
        How many entries the digest has; None if there is no command.

    Raises:
        NewsNotTold: the command failed, or could not be given the news.
    """
    command = os.environ.get(ON_CHANGE)
    if not command:
        return None
    try:
        with _hold_alerts_lock(paths):
            return _tell(paths, command, events)
    except (duckdb.Error, OSError, ValueError, NoWarehouse) as error:
        reason = error.happened if isinstance(error, AclfError) else error
        raise NewsNotTold(f"the news could not be given to the command of {ON_CHANGE} ({reason})") from error


def select_events(news: Sequence[News], events: Collection[str]) -> list[News]:
    """Return the news with these events alone. That a set began counts as trials that joined."""
    wanted = {*events, *([BEGAN] if "joined" in events else [])}
    chosen = [replace(each, events=tuple(event for event in each.events if event in wanted)) for each in news]
    return [each for each in chosen if each.events]


def _tell(paths: Paths, command: str, events: Collection[str]) -> int:
    told = _read_told(paths)
    with open_read_only(paths.warehouse) as connection:
        newest = read_newest_run(connection)
        news = select_events(read_news(connection, after_run=told), events) if newest > told else []
        followed = [each.name for each in read_followed_sets(connection)]
    if news:
        write_whole(paths.digest, make_json(news, followed))
        reason = run_operator_command(command, make_text(news, followed), {DIGEST: str(paths.digest)})
        if reason:
            raise NewsNotTold(f"the command of {ON_CHANGE} {reason}")
    if newest > told:
        _remember(paths, newest)
    return len(news)


def _read_told(paths: Paths) -> int:
    """Return the newest run whose news were told.

    Raises:
        NewsNotTold: the file is missing or cannot be read.
    """
    try:
        return int(json.loads(paths.told.read_bytes())[_RUN])
    except (OSError, ValueError, KeyError, TypeError) as error:
        raise NewsNotTold(
            f"{paths.told} cannot be read, so it is not known what was told ({type(error).__name__})",
            next_step="delete the file if it is there: what comes after the next sync's beginning is told then",
        ) from error


def _remember(paths: Paths, run_id: int) -> None:
    write_whole(paths.told, json.dumps({_RUN: run_id}).encode() + b"\n")


@contextmanager
def _hold_alerts_lock(paths: Paths) -> Iterator[None]:
    """Hold the lock of the alerts, so that two syncs, one after the other, do not tell the same news.

    Raises:
        NewsNotTold: another sync's command is still at work.
    """
    # Not the lock of runs: a backfill need not wait for a mail.
    lock = FileLock(paths.state / "alerts.lock", timeout=LONGEST_SECONDS + 5)
    try:
        lock.acquire()
    except Timeout as error:
        raise NewsNotTold(f"another run's command of {ON_CHANGE} is still at work") from error
    with lock:
        yield
