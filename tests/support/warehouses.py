"""Make a warehouse in its own folder, beside the registry on loopback that it is synced from."""

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
from tests.support.made_studies import NIGHT, make_contents, make_study

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import Path

    from extract.sample.server import Fault, RegistryServer
    from flows.settings import Job
    from warehouse.runs import RunSummary

CONDITION_SET = 'name = "made"\ntitle = "Made disease"\nsearch = "\\"made disease\\""\nmesh_ids = ["D900001"]\n'
EVERYTHING = 'name = "everything"\ntitle = "Every study"\nadvanced = "ALL"\nrules = ["aclf"]\n'
WITHHELD = "NCT90000003"
TIME_COLUMNS = frozenset(
    {
        *("first_seen_at", "last_changed_at", "last_checked_at", "created_at", "updated_at", "member_since"),
        *("member_until", "valid_from", "valid_to", "last_seen_at", "seen_at", "changed_at", "last_listed_at"),
    }
)

Study = dict[str, Any]
Row = dict[str, Any]


def read_test_studies() -> dict[str, Study]:
    """Return new copies of the studies of `tests/data/studies`, by file name without its ending."""
    return {file.stem: orjson.loads(file.read_bytes()) for file in _list_files("studies")}


def read_golden_studies() -> list[Study]:
    """Return new copies of the studies of `tests/data/golden/aact`, in the order of their NCT numbers."""
    return [orjson.loads(file.read_bytes()) for file in _list_files("golden/aact/studies")]


def _list_files(folder: str) -> list[Path]:
    return sorted((DATA / folder).glob("*.json"))


def make_member_study(number: int, **parts: Any) -> Study:
    """Make a small study that the set of `CONDITION_SET` finds; the parts are those of `make_study`."""
    return make_study(number, **{"conditions": ["Made disease"], **parts})


def make_five_members(*others: Study) -> list[Study]:
    """Make five sound studies of the set, followed by the others."""
    return [*(make_member_study(number) for number in range(1, 6)), *others]


def counts_add_up(report: RunSummary) -> bool:
    """Whether every record received is accounted for."""
    parts = ("inserted", "updated", "unchanged", "quarantined")
    return bool(report["fetched"] == sum(report[name] for name in parts))


def with_value(study: Study, path: str, value: Any) -> Study:
    """Return a copy of the study with this value at a dotted path; objects that are missing on the path are made."""
    changed = deepcopy(study)
    parent = changed
    *parent_keys, last_key = path.split(".")
    for key in parent_keys:
        parent = parent.setdefault(key, {})
    parent[last_key] = value
    return changed


def answer_with_changed_study(nct_id: str, change: Callable[[Study], Any]) -> Fault:
    """Return the fault that changes one study in the registry's own answer; the rest of a listing stays sound."""

    def edit(body: bytes) -> bytes:
        reply = orjson.loads(body)
        # The answer to a question for one trial is the study itself, without a list of studies.
        if "studies" not in reply:
            return orjson.dumps(change(reply))
        studies = [change(study) if _read_nct_id(study) == nct_id else study for study in reply["studies"]]
        return orjson.dumps({**reply, "studies": studies})

    return faults.edited_answer(edit)


class Warehouse:
    """A warehouse and its registry; each call of `serve` is the registry's next night."""

    def __init__(self, folder: Path, server: RegistryServer) -> None:
        self.folder = folder
        self.server = server
        self.path = folder / "aclf.duckdb"
        self.contents = server.contents
        self._nights = 0
        self.use_condition_set(CONDITION_SET)

    def copy_to(self, folder: Path) -> Warehouse:
        """Return a copy in another folder, and set the registry back to the night that this warehouse served last."""
        shutil.copytree(self.folder, folder, symlinks=True, dirs_exist_ok=True)
        twin = copy(self)
        twin.folder, twin.path = folder, folder / self.path.name
        twin.server.contents = self.contents
        return twin

    def use_condition_set(self, condition_set: str) -> None:
        """Write the condition set's file, which the next runs read."""
        (self.folder / "made.toml").write_text(condition_set)

    def serve(self, *studies: Study, **options: Any) -> None:
        """Serve the registry's next night: these studies and no others."""
        self._nights += 1
        stamp = datetime.fromisoformat(NIGHT) + timedelta(days=self._nights)
        self.server.contents = self.contents = make_contents(
            *studies, **{"data_timestamp": stamp.isoformat(), **options}
        )

    def job(self, command: str, *ids: str, **options: Any) -> Job:
        """Make the job that a command line with these options would run."""
        settings = {
            "warehouse": str(self.path),
            "registry": self.server.url,
            "condition_sets": [str(self.folder / "made.toml")],
        }
        return Settings(**{**settings, **options}).make_job(command, ids)

    def sync(self, *script: Fault | None, **options: Any) -> RunSummary:
        """Run a sync; the faults meet its requests after the version and the listing."""
        self.server.faults.clear()
        if script:
            # The first two requests of a sync are the version and the listing.
            self.server.faults.extend([None, None, *script])
        return pipeline.sync(self.job("sync", **options))

    def backfill(self, *ids: str, **options: Any) -> RunSummary:
        """Run a backfill of these trials."""
        return pipeline.backfill(self.job("backfill", *ids, **options))

    def rows(self, query: str, *parameters: Any) -> list[tuple[Any, ...]]:
        """Return the rows of a query of the published warehouse."""
        with duckdb.connect(str(self.path), read_only=True) as connection:
            return fetch_rows(connection, query, *parameters)

    def stored(self, query: str, *parameters: Any) -> list[tuple[Any, ...]]:
        """Return the rows of a query of the private store."""
        with duckdb.connect(str(self.folder / ".aclf" / "store.duckdb"), read_only=True) as connection:
            return fetch_rows(connection, query, *parameters)

    def tables(self, *, without: frozenset[str] = frozenset()) -> dict[str, list[Row]]:
        """Return every row of every published table except those of `ops`, without some columns."""
        with duckdb.connect(str(self.path), read_only=True) as connection:
            return dict(fetch_all_tables(connection, without))


def fetch_rows(connection: duckdb.DuckDBPyConnection, query: str, *parameters: Any) -> list[tuple[Any, ...]]:
    """Return the rows of a query, with times in UTC."""
    _set_utc(connection)
    return connection.execute(query, list(parameters)).fetchall()


def fetch_records(connection: duckdb.DuckDBPyConnection, query: str, *parameters: Any) -> list[Row]:
    """Return the rows of a query as dictionaries by column, with dates and times as texts."""
    _set_utc(connection)
    result = connection.execute(query, list(parameters))
    names = [column[0] for column in result.description]
    return [dict(zip(names, map(_format_time, row), strict=True)) for row in result.fetchall()]


def fetch_all_tables(
    connection: duckdb.DuckDBPyConnection, without: frozenset[str] = frozenset()
) -> Iterator[tuple[str, list[Row]]]:
    """Yield the name and the sorted rows of every table except those of `ops`, and of every view of `main` and `raw`.

    Args:
        connection: the open database.
        without: names of columns to leave out of the rows.
    """
    for (table,) in connection.execute(_TABLES).fetchall():
        rows = fetch_records(connection, f"from {table} order by all")
        yield table, [{name: value for name, value in row.items() if name not in without} for row in rows]


_TABLES = """
select schema_name || '.' || table_name from duckdb_tables() where schema_name <> 'ops' and not temporary
union all
select schema_name || '.' || view_name from duckdb_views() where schema_name in ('main', 'raw') and not internal
order by all
"""


def _set_utc(connection: duckdb.DuckDBPyConnection) -> None:
    # The setting may be locked, so change it only where that is needed.
    if connection.execute("select current_setting('timezone')").fetchall() != [("UTC",)]:
        connection.execute("set timezone = 'UTC'")


def _format_time(value: Any) -> Any:
    return value.isoformat() if hasattr(value, "isoformat") else value


def _read_nct_id(study: Study) -> str:
    return str(study["protocolSection"]["identificationModule"]["nctId"])
