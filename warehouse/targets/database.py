"""Bring a database in step with the published file: one transaction a run, with only what has changed.

The database knows which run of which store it holds. Rows of trials that later runs looked at are replaced, and small
tables wholly. If rows of other trials may have changed too, all rows are replaced (`Source.compute_frame`).
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Protocol

from warehouse.errors import TargetFailed, TargetNewer, TargetOfAnotherStore

if TYPE_CHECKING:
    from collections.abc import Sequence
    from contextlib import AbstractContextManager

    from warehouse.targets.source import Source, SourceTable


@dataclass(frozen=True, slots=True)
class Held:
    """What a database holds.

    Attributes:
        store_id: the store that it has a copy of.
        run_id: the run whose published file it has.
        frame: what `Source.compute_frame` gave for that run.
    """

    store_id: str
    run_id: int
    frame: str


@dataclass(frozen=True, slots=True)
class Step:
    """What a publish changed in a database.

    Attributes:
        run_id: the run that the database holds now.
        previous_run: the run that it held before, or None.
        is_whole: whether all rows were replaced.
        rows: how many rows were written; 0 if the database held the run already.
    """

    run_id: int
    previous_run: int | None
    is_whole: bool
    rows: int


class Database(Protocol):
    """A database as a target: the verbs of one transaction."""

    @property
    def name(self) -> str:
        """The address in messages."""

    def begin(self) -> AbstractContextManager[Held | None]:
        """Begin a transaction in which nobody else publishes, and give what the database holds.

        It is committed at the end of the block, and rolled back if the block raises.
        """

    def define(self, source: Source) -> None:
        """Make the tables, views and comments of the file, and leave rows as they are."""

    def delete(self, table: SourceTable, touched: Sequence[str] | None) -> None:
        """Delete the rows of these trials from a table; None for all rows."""

    def insert(self, source: Source, table: SourceTable, *, only_touched: bool) -> int:
        """Insert rows of the file, and return how many: all, or those of the touched trials."""

    def count_rows(self, table: SourceTable) -> int:
        """Return the number of rows of a table."""

    def finish(self, source: Source, held: Held, *, is_whole: bool) -> None:
        """Note what the database holds now, and let its readers read it."""

    def tidy(self, *, is_asked: bool) -> None:
        """After the transaction: do what keeps the database small and quick, if it is due or asked for.

        Raises:
            TargetUntidy: it did not work; the database holds what it held.
        """


class _RowsDiffer(Exception):  # noqa: N818 - it is caught here, and nobody reads it
    """Some table has not as many rows as the file, so something else changed the database."""


def bring_in_step(source: Source, database: Database, *, is_full: bool = False) -> Step:
    """Bring a database in step with the published file.

    Args:
        source: the published file.
        database: the target.
        is_full: replace all rows, also those that have not changed, and also if the database holds the run.

    Raises:
        TargetNewer: the database holds a newer run.
        TargetOfAnotherStore: the database holds another store.
        TargetFailed: the rows could not be replaced. The database is as it was.
    """
    try:
        return _replace_rows(source, database, is_full=is_full)
    except _RowsDiffer:
        # Somebody has changed rows there, or has taken some away.
        try:
            return _replace_rows(source, database, is_full=True)
        except _RowsDiffer as differ:
            raise TargetFailed(f"{database.name} did not take all rows ({differ})") from None


def _replace_rows(source: Source, database: Database, *, is_full: bool) -> Step:
    with database.begin() as held:
        previous_run = held.run_id if held else None
        if held:
            _refuse_other(source, database, held)
            if held.run_id == source.run_id and not is_full:
                return Step(source.run_id, previous_run, is_whole=False, rows=0)
        is_whole = held is None or is_full or source.compute_frame(held.run_id) != held.frame
        touched = None if is_whole or held is None else source.find_touched(held.run_id)
        if is_whole:
            database.define(source)
        rows = 0
        for table in source.tables:
            # The tables of code lists change with the catalog only, and then all rows are replaced.
            if is_whole or not table.is_constant:
                chosen = touched if table.is_by_trial else None
                database.delete(table, chosen)
                rows += database.insert(source, table, only_touched=chosen is not None)
        _compare_counts(source, database)
        frame = source.compute_frame(source.run_id)
        database.finish(source, Held(source.store_id, source.run_id, frame), is_whole=is_whole)
        return Step(source.run_id, previous_run, is_whole=is_whole, rows=rows)


def _refuse_other(source: Source, database: Database, held: Held) -> None:
    if held.store_id != source.store_id:
        raise TargetOfAnotherStore(f"{database.name} holds another warehouse")
    if held.run_id > source.run_id:
        raise TargetNewer(f"{database.name} holds run {held.run_id}, and the warehouse run {source.run_id}")


def _compare_counts(source: Source, database: Database) -> None:
    for table in source.tables:
        wanted, found = source.count_rows(table), database.count_rows(table)
        if wanted != found:
            raise _RowsDiffer(f"{table.quoted_name} has {found} rows there, and {wanted} in the file")
