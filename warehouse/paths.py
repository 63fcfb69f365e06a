"""The paths of a warehouse and of its private state."""

from __future__ import annotations

import os
from dataclasses import dataclass
from pathlib import Path
from shlex import quote

from extract.errors import BadSetting

_STATE_FOLDER = ".aclf"


@dataclass(frozen=True, slots=True)
class Paths:
    """The files of one warehouse.

    `warehouse` is the file that analysts open: a link to the newest file in `published`. Everything else is in `.aclf/`
    beside it.
    """

    warehouse: Path

    @classmethod
    def of(cls, warehouse: Path) -> Paths:
        """Return the paths of the warehouse at this path.

        Raises:
            BadSetting: The path cannot be a warehouse, or the private state in its folder belongs to another warehouse.
        """
        warehouse = Path.cwd() / warehouse
        if not warehouse.parent.is_dir():
            raise BadSetting(
                f"there is no folder {warehouse.parent} for the warehouse {warehouse.name}",
                next_step=f"run `mkdir -p {quote(str(warehouse.parent))}`, or correct --warehouse",
            )
        if "?" in str(warehouse):
            # DuckDB takes the rest of the path for options, and looks for the write-ahead log in another folder.
            raise BadSetting(
                f"DuckDB cannot open {warehouse}, because there is a question mark in its path",
                next_step="use a path without one",
            )
        if warehouse.exists() and not warehouse.is_file():
            raise BadSetting(f"the warehouse's path {warehouse} is not a file")
        paths = cls(warehouse)

        # One folder holds one private state, so a second warehouse in it would publish the first one's data.
        others = [link for link in _list_links_to(paths.published) if link.name != warehouse.name]
        if others:
            raise BadSetting(
                f"the private state in {paths.state} belongs to {others[0].name}",
                next_step=f"use --warehouse {others[0]}, or a folder of its own for {warehouse.name}",
            )
        return paths

    @property
    def state(self) -> Path:
        """The folder of everything private."""
        return self.warehouse.parent / _STATE_FOLDER

    @property
    def store(self) -> Path:
        """The database that runs write."""
        return self.state / "store.duckdb"

    @property
    def next_store(self) -> Path:
        """The copy of the store that a load works on. It replaces the store when the load has succeeded."""
        return self.state / "store.next.duckdb"

    @property
    def store_log(self) -> Path:
        """DuckDB's write-ahead log of the store, which exists after a run was killed."""
        return self.get_log(self.store)

    @property
    def landing(self) -> Path:
        """The folder of the raw replies of the run in progress."""
        return self.state / "landing"

    @property
    def unread(self) -> Path:
        """The folder of the newest few replies that ended a run."""
        return self.state / "unread"

    @property
    def lock(self) -> Path:
        """The lock file: the run that holds it may write."""
        return self.state / "lock"

    @property
    def told(self) -> Path:
        """The file that says which news the operator's command was told."""
        return self.state / "told.json"

    @property
    def digest(self) -> Path:
        """The last digest of news that the operator's command was given, as JSON."""
        return self.state / "digest.json"

    @property
    def targets(self) -> Path:
        """The folder that says what each target holds."""
        return self.state / "targets"

    @property
    def published(self) -> Path:
        """The folder of the newest few published files."""
        return self.state / "published"

    @property
    def scratch(self) -> Path:
        """The folder of temporary files, which no run needs after its end."""
        return self.state / "scratch"

    @property
    def strays(self) -> Path:
        """The folder of write-ahead logs that belonged to no database."""
        return self.state / "strays"

    @staticmethod
    def get_log(database: Path) -> Path:
        """Return the path of the write-ahead log that DuckDB writes for a database."""
        return database.with_name(f"{database.name}.wal")

    def get_published_file(self, run_id: int) -> Path:
        """Return the path of the file that a run publishes."""
        return self.published / f"run-{run_id:06}" / self.warehouse.name


def _list_links_to(folder: Path) -> list[Path]:
    """Return the links beside the folder's parent that point into the folder."""
    # Not `Path.resolve`, which refuses a link that leads back to itself.
    target = os.path.realpath(folder)
    # `glob` leaves out a folder that cannot be read.
    beside = folder.parent.parent.glob("*") if folder.is_dir() else ()
    return [file for file in beside if file.is_symlink() and os.path.realpath(file).startswith(target + os.sep)]
