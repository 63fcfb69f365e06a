"""A warehouse in a folder of its own, and the registry on loopback that it is kept in step with."""

from __future__ import annotations

import shutil
from copy import copy, deepcopy
from datetime import datetime, timedelta
from typing import TYPE_CHECKING, Any

import duckdb
import orjson

from flows import pipeline
from flows.settings import Settings
from tests.support import faults
from tests.support.folders import DATA
from tests.support.made_studies import NIGHT, made_contents, made_study

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import Path

    from extract.sample.server import Fault, RegistryServer
    from flows.run import RunSummary
    from flows.settings import Job

CONDITION_SET = 'name = "made"\ntitle = "Made disease"\nsearch = "\\"made disease\\""\nmesh_ids = ["D900001"]\n'
EVERYTHING = 'name = "everything"\ntitle = "Every study"\nadvanced = "ALL"\n'
WITHHELD = "NCT90000003"
TIMES = frozenset(
    {
        *("first_seen_at", "last_changed_at", "last_checked_at", "created_at", "updated_at", "member_since"),
        *("member_until", "valid_from", "valid_to", "last_seen_at", "seen_at", "changed_at"),
    }
)

Study = dict[str, Any]
Row = dict[str, Any]


def written_studies() -> dict[str, Study]:
    """The studies of `tests/data/studies`, by the name of their file, each the caller's own."""
    return {file.stem: orjson.loads(file.read_bytes()) for file in _files("studies")}


def golden_studies() -> list[Study]:
    """The studies of `tests/data/golden/aact`, in the order of their numbers, each the caller's own."""
    return [orjson.loads(file.read_bytes()) for file in _files("golden/aact/studies")]


def _files(folder: str) -> list[Path]:
    return sorted((DATA / folder).glob("*.json"))


def ill(number: int, **parts: Any) -> Study:
    """A small study of the set, as in `made_study`."""
    return made_study(number, **{"conditions": ["Made disease"], **parts})


def five(*others: Study) -> list[Study]:
    """Five sound studies of the set, and others."""
    return [*(ill(number) for number in range(1, 6)), *others]


def adds_up(report: RunSummary) -> bool:
    """Whether every record received is accounted for."""
    parts = ("inserted", "updated", "unchanged", "quarantined")
    return bool(report["fetched"] == sum(report[name] for name in parts))


def put(study: Study, path: str, value: Any) -> Study:
    """A copy of the study with this value at a dotted path; objects on the way are made."""
    changed = deepcopy(study)
    place = changed
    *way, last = path.split(".")
    for key in way:
        place = place.setdefault(key, {})
    place[last] = value
    return changed


def altered(nct_id: str, change: Callable[[Study], Any]) -> Fault:
    """The registry's own answer with one of its studies changed, so that a listing of it can still be sound."""

    def edit(body: bytes) -> bytes:
        reply = orjson.loads(body)
        if "studies" not in reply:
            return orjson.dumps(change(reply))
        studies = [change(study) if _number(study) == nct_id else study for study in reply["studies"]]
        return orjson.dumps({**reply, "studies": studies})

    return faults.edited(edit)


class Warehouse:
    """A warehouse and its registry; every `serve` is the registry's next night."""

    def __init__(self, folder: Path, server: RegistryServer) -> None:
        self.folder = folder
        self.server = server
        self.path = folder / "aclf.duckdb"
        self.contents = server.contents
        self._nights = 0
        self.follow(CONDITION_SET)

    def copied(self, folder: Path) -> Warehouse:
        """A copy in another folder, with the registry back on the night that this one served last."""
        shutil.copytree(self.folder, folder, symlinks=True, dirs_exist_ok=True)
        twin = copy(self)
        twin.folder, twin.path = folder, folder / self.path.name
        twin.server.contents = self.contents
        return twin

    def follow(self, condition_set: str) -> None:
        """Write the condition set's file."""
        (self.folder / "made.toml").write_text(condition_set)

    def serve(self, *studies: Study, **options: Any) -> None:
        """The registry's next night: these studies and no others."""
        self._nights += 1
        stamp = datetime.fromisoformat(NIGHT) + timedelta(days=self._nights)
        self.server.contents = self.contents = made_contents(
            *studies, **{"data_timestamp": stamp.isoformat(), **options}
        )

    def job(self, command: str, *ids: str, **options: Any) -> Job:
        """What a command line would ask for."""
        told = {
            "warehouse": str(self.path),
            "registry": self.server.url,
            "condition_set": str(self.folder / "made.toml"),
        }
        return Settings(**told, **options).job(command, ids)

    def sync(self, *script: Fault | None, **options: Any) -> RunSummary:
        """A sync, its requests after the version and the listing met by these faults."""
        self.server.faults.clear()
        if script:
            self.server.faults.extend([None, None, *script])
        return pipeline.sync(self.job("sync", **options))

    def backfill(self, *ids: str, **options: Any) -> RunSummary:
        """A backfill of these trials."""
        return pipeline.backfill(self.job("backfill", *ids, **options))

    def rows(self, query: str, *parameters: Any) -> list[tuple[Any, ...]]:
        """What a query of the published warehouse gives."""
        with duckdb.connect(str(self.path), read_only=True) as connection:
            return answers(connection, query, *parameters)

    def stored(self, query: str, *parameters: Any) -> list[tuple[Any, ...]]:
        """What a query of the private store gives."""
        with duckdb.connect(str(self.folder / ".aclf" / "store.duckdb"), read_only=True) as connection:
            return answers(connection, query, *parameters)

    def tables(self, *, without: frozenset[str] = frozenset()) -> dict[str, list[Row]]:
        """Every row of every published table but those of `ops`, without some columns."""
        with duckdb.connect(str(self.path), read_only=True) as connection:
            return dict(whole_tables(connection, without))


def answers(connection: duckdb.DuckDBPyConnection, query: str, *parameters: Any) -> list[tuple[Any, ...]]:
    """The rows of a query, times in UTC."""
    _in_utc(connection)
    return connection.execute(query, list(parameters)).fetchall()


def records(connection: duckdb.DuckDBPyConnection, query: str, *parameters: Any) -> list[Row]:
    """The rows of a query by column, dates and times as texts."""
    _in_utc(connection)
    result = connection.execute(query, list(parameters))
    names = [column[0] for column in result.description]
    return [dict(zip(names, map(_plain, row), strict=True)) for row in result.fetchall()]


def whole_tables(
    connection: duckdb.DuckDBPyConnection, without: frozenset[str] = frozenset()
) -> Iterator[tuple[str, list[Row]]]:
    """Every table but those of `ops`, every view of `main` and `raw`: its rows, sorted, without some columns."""
    for (table,) in connection.execute(_TABLES).fetchall():
        rows = records(connection, f"from {table} order by all")
        yield table, [{name: value for name, value in row.items() if name not in without} for row in rows]


_TABLES = """
select schema_name || '.' || table_name from duckdb_tables() where schema_name <> 'ops' and not temporary
union all
select schema_name || '.' || view_name from duckdb_views() where schema_name in ('main', 'raw') and not internal
order by all
"""


def _in_utc(connection: duckdb.DuckDBPyConnection) -> None:
    if connection.execute("select current_setting('timezone')").fetchall() != [("UTC",)]:  # it may be locked
        connection.execute("set timezone = 'UTC'")


def _plain(value: Any) -> Any:
    return value.isoformat() if hasattr(value, "isoformat") else value


def _number(study: Study) -> str:
    return str(study["protocolSection"]["identificationModule"]["nctId"])
