"""Publish the warehouse where others read it over HTTP: in a folder that a web server shows, or in a bucket.

Such a reader fetches ranges of a file when it needs them. If the file changed meanwhile, it would mix two nights, often
without an error. So a name never changes its content: each run has a file of its own, `run-NNNNNN.duckdb`, and
`latest.json`, which is written last, names the newest. A name stays for a week after the next one has come.
"""

from __future__ import annotations

import re
from contextlib import contextmanager, suppress
from dataclasses import asdict, dataclass, replace
from datetime import UTC, datetime, timedelta
from importlib.metadata import version
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import TYPE_CHECKING, Any

import duckdb
import orjson

from extract.files import hash_file
from warehouse.connect import open_read_only
from warehouse.disk_errors import is_disk_full
from warehouse.errors import ExportFailed, NoWarehouse, StoreUnusable, TargetFailed, TargetNewer, TargetOfAnotherStore
from warehouse.reading.export import MANIFEST, export_tables
from warehouse.soundness import find_fault
from warehouse.sql.files import read_sql
from warehouse.store_facts import DATA_FACT, STORE_FACT, read_store_facts
from warehouse.targets.compact_copy import make_compact_copy
from warehouse.targets.web_places import COPY_NAME, LATEST, Copy, read_latest

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from duckdb import DuckDBPyConnection

    from warehouse.targets.web_places import Place

_KEPT = timedelta(days=7)
"""How long a name stays after the next one has come."""

_OUR_NAME = re.compile(rf"run-(\d{{6,}})(?:\.duckdb|/(?:[\w.]+\.parquet|{re.escape(MANIFEST)}))")


@dataclass(frozen=True, slots=True)
class _Source:
    """A published file, and what it says of itself."""

    file: Path
    run_id: int
    store_id: str | None
    data_timestamp: str | None

    @property
    def folder_name(self) -> str:
        return f"run-{self.run_id:06}"

    @property
    def copy_name(self) -> str:
        return f"{self.folder_name}.duckdb"


def publish_copy(warehouse: Path, place: Place, scratch: Path, *, as_parquet: bool = False) -> Copy:
    """Publish a copy of the warehouse, and return what `latest.json` then says.

    A run that is there already is not published again. A kill at any moment leaves `latest.json` and the file that it
    names as they were, and the next publish continues.

    Args:
        warehouse: The published file, or the link to it.
        place: Where the copy goes.
        scratch: A folder for temporary files. It is created if it is missing.
        as_parquet: Whether every table is published as Parquet too, with a manifest.

    Raises:
        NoWarehouse: There is no warehouse, or it cannot be read.
        TargetNewer: The place holds a newer run.
        TargetOfAnotherStore: The place holds another warehouse, or a `latest.json` that is not ours.
        TargetFailed: The copy could not be made or put in place.
    """
    source = _read_source(warehouse)
    held = read_latest(place)
    if held is not None:
        _refuse_older(source, held, place)
    place.clean()
    names = place.list()
    # Only a copy of the same run whose file is still there is kept.
    if held is not None and (held.run_id != source.run_id or held.file not in names):
        held = None
    if held is None or (as_parquet and held.parquet is None):
        with _translate_errors(place):
            scratch.mkdir(parents=True, exist_ok=True)
            with TemporaryDirectory(prefix="web-", dir=scratch) as folder:
                held = _put_in_place(source, place, names, held, Path(folder), as_parquet=as_parquet)
    # The copy is published. What cannot be removed now is removed by a later publish.
    with suppress(TargetFailed):
        _remove_old_names(place, held)
    return held


def _read_source(warehouse: Path) -> _Source:
    """Return the published file that the link leads to now: a night may turn the link while the file is copied.

    Raises:
        NoWarehouse: The file does not exist, or is not a warehouse.
    """
    file = warehouse.resolve() if warehouse.exists() else warehouse
    with open_read_only(file) as connection:
        run_id, store_id = _read_identity(connection)
        if run_id is None:
            raise NoWarehouse(f"{warehouse} does not say which run published it")
        ((_, _, data_timestamp),) = connection.execute(read_sql("statements", "night")).fetchall()
    return _Source(file, run_id, store_id, data_timestamp)


def _read_identity(connection: DuckDBPyConnection) -> tuple[int | None, str | None]:
    """Return the run whose data a file holds, and the store that the file is a copy of."""
    facts = read_store_facts(connection)
    run = facts.get(DATA_FACT)
    return (None if run is None else int(run)), facts.get(STORE_FACT)


def _refuse_older(source: _Source, held: Copy, place: Place) -> None:
    """Refuse to replace the copy of another store, or of a newer run.

    Raises:
        TargetOfAnotherStore: The copy belongs to another store.
        TargetNewer: The copy is of a newer run.
    """
    # An earlier version published without a name of the store. Its numbers go on.
    if held.store_id not in {None, source.store_id}:
        raise TargetOfAnotherStore(f"{place.name} holds copies of another warehouse")
    if held.run_id > source.run_id:
        raise TargetNewer(f"{place.name} holds run {held.run_id}, and the warehouse holds run {source.run_id}")


def _put_in_place(
    source: _Source, place: Place, names: Mapping[str, Any], held: Copy | None, folder: Path, *, as_parquet: bool
) -> Copy:
    """Put the files of a run in place, and then let `latest.json` name them.

    Args:
        source: The published file.
        place: Where the files go.
        names: The names that are there.
        held: The copy of this run if it is there and only its Parquet files are not.
        folder: A folder for temporary files.
        as_parquet: Whether Parquet files are published too.
    """
    copy = held or _put_copy(source, place, names, folder)
    if as_parquet:
        copy = replace(copy, parquet=_put_parquet(source, place, names, folder))
    latest = folder / LATEST
    latest.write_bytes(orjson.dumps(asdict(copy), option=orjson.OPT_INDENT_2) + b"\n")
    place.write(latest, LATEST)
    return copy


def _put_copy(source: _Source, place: Place, names: Mapping[str, Any], folder: Path) -> Copy:
    """Put the copy in place, and return what `latest.json` is to say of it."""
    file = folder / source.copy_name
    if source.copy_name in names:
        # A publish was killed before it wrote `latest.json`. DuckDB does not write the same bytes twice, so what is
        # there stays: a name never changes its content.
        place.fetch(source.copy_name, file)
        _refuse_foreign_copy(source, place, file)
    else:
        make_compact_copy(source.file, file, folder)
        place.write(file, source.copy_name)
    return Copy(
        run_id=source.run_id,
        file=source.copy_name,
        sha256=hash_file(file),
        bytes=file.stat().st_size,
        data_timestamp=source.data_timestamp,
        store_id=source.store_id,
        published_at=datetime.now(UTC).strftime("%Y-%m-%dT%H:%M:%SZ"),
        parquet=None,
        aclf_version=version("aclf-trials"),
    )


def _refuse_foreign_copy(source: _Source, place: Place, file: Path) -> None:
    """Refuse to name a file that is not a sound copy of this run.

    Raises:
        TargetFailed: The file is damaged.
        TargetOfAnotherStore: It is of another run or store.
    """
    fault = find_fault(file)
    if fault is not None:
        raise TargetFailed(
            f"{place.name} has a {source.copy_name} that is not sound ({fault})",
            next_step=f"remove {source.copy_name} there, and run `aclf publish`",
        )
    with open_read_only(file) as connection:
        identity = _read_identity(connection)
    if identity != (source.run_id, source.store_id):
        raise TargetOfAnotherStore(f"{place.name} has a {source.copy_name} of another warehouse")


def _put_parquet(source: _Source, place: Place, names: Mapping[str, Any], folder: Path) -> list[str]:
    """Put every table in place as Parquet, and the manifest after them; return the names of the tables' files."""
    exported = folder / source.folder_name
    manifest = export_tables(source.file, exported, "parquet")
    tables = [f"{source.folder_name}/{table['file']}" for table in manifest["tables"]]
    for name in [*tables, f"{source.folder_name}/{MANIFEST}"]:
        file = folder / name
        if name in names:
            _refuse_other_bytes(place, name, file, folder / "fetched")
        else:
            place.write(file, name)
    return tables


def _refuse_other_bytes(place: Place, name: str, file: Path, fetched: Path) -> None:
    """Refuse to go on where a killed publish left a file that is not the one of today.

    Raises:
        TargetFailed: The bytes differ, as another version of DuckDB may write them.
    """
    place.fetch(name, fetched)
    if hash_file(fetched) != hash_file(file):
        folder = name.partition("/")[0]
        raise TargetFailed(
            f"{place.name} has a {name} with other bytes, and a name never changes its content",
            next_step=f"remove the folder {folder} there, which {LATEST} does not name, and run `aclf publish`",
        )


def _remove_old_names(place: Place, newest: Copy) -> None:
    """Remove the names of each run whose successor came more than a week ago."""
    names = place.list()
    numbers = {name: int(found[1]) for name in names if (found := _OUR_NAME.fullmatch(name))}
    copies = {number: names[name] for name, number in numbers.items() if COPY_NAME.fullmatch(name)}
    for name, number in numbers.items():
        if number >= newest.run_id:
            continue
        # `latest.json` named this run until the next one came, so its age alone says little.
        successor = min((other for other in copies if other > number), default=None)
        if successor is not None and copies[successor] > _KEPT:
            with suppress(TargetFailed):
                place.delete(name)


@contextmanager
def _translate_errors(place: Place) -> Iterator[None]:
    """Run the block, and raise what hinders the making of a copy as an error of the target.

    Raises:
        TargetFailed: The copy could not be made.
    """
    try:
        yield
    except (OSError, duckdb.Error, ExportFailed, StoreUnusable) as error:
        reason = error.happened if isinstance(error, (ExportFailed, StoreUnusable)) else str(error).splitlines()[0]
        next_step = None
        if isinstance(error, (OSError, duckdb.Error)) and is_disk_full(error):
            next_step = "free some space beside the warehouse, then run `aclf publish`"
        elif isinstance(error, duckdb.OutOfMemoryException):
            next_step = "let DuckDB hold more (ACLF_MEMORY), then run `aclf publish`"
        elif isinstance(error, ExportFailed):
            next_step = error.next_step
        raise TargetFailed(f"the copy for {place.name} could not be made ({reason})", next_step=next_step) from error
