"""Where the warehouse and its private state lie."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from extract.errors import BadSetting

STATE = ".aclf"


@dataclass(frozen=True, slots=True)
class Paths:
    """The files of one warehouse.

    `warehouse` is what analysts open: a link to the newest file of `versions`. All else lies in `.aclf/` beside it.
    """

    warehouse: Path

    @classmethod
    def of(cls, warehouse: Path) -> Paths:
        """The paths of the warehouse at this path.

        Raises:
            BadSetting: the path cannot be a warehouse, or the folder's private state is another warehouse's.
        """
        warehouse = Path.cwd() / warehouse
        if not warehouse.parent.is_dir():
            raise BadSetting(f"there is no folder {warehouse.parent} for the warehouse {warehouse.name}")
        if warehouse.exists() and not warehouse.is_file():
            raise BadSetting(f"the warehouse's path {warehouse} is not a file")
        paths = cls(warehouse)
        others = [link for link in _links_to(paths.versions) if link.name != warehouse.name]
        if others:
            raise BadSetting(
                f"the private state in {paths.state} belongs to {others[0].name}",
                next_step=f"use --warehouse {others[0]}, or a folder of its own for {warehouse.name}",
            )
        return paths

    @property
    def state(self) -> Path:
        """The folder of everything private."""
        return self.warehouse.parent / STATE

    @property
    def store(self) -> Path:
        """The database that runs write."""
        return self.state / "store.duckdb"

    @property
    def next_store(self) -> Path:
        """The copy of the store that a load works on, to take its place."""
        return self.state / "store.next.duckdb"

    @property
    def store_log(self) -> Path:
        """DuckDB's write-ahead log of the store, there after a run was killed."""
        return self.log_of(self.store)

    @property
    def landing(self) -> Path:
        """Raw replies of the run in progress."""
        return self.state / "landing"

    @property
    def unread(self) -> Path:
        """Replies that ended a run, the newest few."""
        return self.state / "unread"

    @property
    def lock(self) -> Path:
        """The mutex between runs."""
        return self.state / "lock"

    @property
    def versions(self) -> Path:
        """The published files, the newest few."""
        return self.state / "published"

    @property
    def scratch(self) -> Path:
        """Files that outlive no run."""
        return self.state / "scratch"

    @property
    def strays(self) -> Path:
        """Logs that belonged to nobody."""
        return self.state / "strays"

    @staticmethod
    def log_of(database: Path) -> Path:
        """Where DuckDB writes the write-ahead log of a database."""
        return database.with_name(f"{database.name}.wal")

    def version(self, run_id: int) -> Path:
        """The published file of a run."""
        return self.versions / f"run-{run_id:06}.duckdb"


def _links_to(folder: Path) -> list[Path]:
    """The links beside the folder's parent that point into the folder."""
    beside = folder.parent.parent.glob("*.duckdb")
    return [link for link in beside if link.is_symlink() and link.resolve().parent == folder.resolve()]
