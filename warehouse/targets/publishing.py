"""Publish the warehouse to one target, whatever kind it is, and note what the target holds then."""

from __future__ import annotations

import time
from contextlib import suppress
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import TYPE_CHECKING

from warehouse.errors import TargetFailed
from warehouse.targets.addresses import Kind
from warehouse.targets.bucket import open_bucket
from warehouse.targets.database import Step, bring_in_step
from warehouse.targets.folder import open_folder
from warehouse.targets.holdings import note_failure, note_published
from warehouse.targets.source import open_source
from warehouse.targets.web_copies import publish_copy
from warehouse.targets.web_places import read_latest

if TYPE_CHECKING:
    from collections.abc import Callable

    from warehouse.paths import Paths
    from warehouse.targets.addresses import Address
    from warehouse.targets.database import Database
    from warehouse.targets.source import Source
    from warehouse.targets.web_places import Place


_PLACES: dict[Kind, Callable[[str], Place]] = {Kind.folder: open_folder, Kind.bucket: open_bucket}
"""What opens a place for copies, by its kind."""


@dataclass(frozen=True, slots=True)
class Published:
    """What a publish did.

    Attributes:
        target: the target's address in messages.
        run_id: the run that it holds now.
        previous_run: the run that it held before, or None.
        is_whole: whether everything was written, or only what has changed.
        rows: the rows that were written; 0 if the target held the run already, and of copies of the file.
        seconds: how long it took.
    """

    target: str
    run_id: int
    previous_run: int | None
    is_whole: bool
    rows: int
    seconds: float


def publish_to(paths: Paths, address: Address, *, is_full: bool = False, as_parquet: bool = False) -> Published:
    """Publish the warehouse to a target.

    Args:
        paths: the warehouse's paths.
        address: the target.
        is_full: write everything, also what a database holds already, and tidy it.
        as_parquet: write every table as Parquet too, to a folder or a bucket.

    Raises:
        TargetFailed: it did not work; the error says how the target is now.
        TargetUntidy: the target holds the run, and could not be tidied.
        NoWarehouse: there is nothing to publish.
        ExtraMissing: the target needs a package that is not installed.
    """
    began = time.monotonic()
    try:
        if address.kind in _PLACES:
            step = _publish_copy(paths, address, as_parquet=as_parquet)
            _note_run(paths, address, step.run_id)
        else:
            with open_source(paths) as source:
                database = _open_database(address, source)
                step = bring_in_step(source, database, is_full=is_full)
                _note_run(paths, address, step.run_id)
                database.tidy(is_asked=is_full)
    except TargetFailed as error:
        # If there is no room for the note either, the failure itself is what has to be told.
        with suppress(OSError):
            note_failure(paths, address, str(error), datetime.now(UTC))
        raise
    seconds = round(time.monotonic() - began, 3)
    return Published(address.name, step.run_id, step.previous_run, step.is_whole, step.rows, seconds)


def _note_run(paths: Paths, address: Address, run_id: int) -> None:
    """Note that a target holds a run.

    Raises:
        TargetFailed: the note could not be written; the target holds the run all the same.
    """
    try:
        note_published(paths, address, run_id, datetime.now(UTC))
    except OSError as error:
        raise TargetFailed(
            f"{address.name} holds run {run_id}, but no note of that could be written ({error})",
            stands="the warehouse file is published, and so is the target",
            next_step=f"see that {paths.targets} can be written to and has space, and run `aclf publish`",
        ) from error


def _publish_copy(paths: Paths, address: Address, *, as_parquet: bool) -> Step:
    """Publish a copy of the file to a folder or a bucket."""
    place = _PLACES[address.kind](address.location)
    held = read_latest(place)
    copy = publish_copy(paths.warehouse, place, paths.scratch, as_parquet=as_parquet)
    # A copy is whole, and has no rows that are counted.
    return Step(copy.run_id, held.run_id if held else None, is_whole=copy != held, rows=0)


def _open_database(address: Address, source: Source) -> Database:
    if address.kind is Kind.ducklake:
        from warehouse.targets.ducklake import DuckLake  # noqa: PLC0415 - it needs a package of an extra

        return DuckLake(address, source.file, source.csv_file.parent)
    from warehouse.targets.postgresql import PostgreSQL  # noqa: PLC0415 - it needs a package of an extra

    return PostgreSQL(address)
