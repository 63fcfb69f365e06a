"""A place for copies of the warehouse that are read over HTTP, and what its `latest.json` says."""

from __future__ import annotations

import re
from dataclasses import dataclass, fields
from typing import TYPE_CHECKING, Protocol

import orjson

from warehouse.errors import TargetOfAnotherStore

if TYPE_CHECKING:
    from datetime import timedelta
    from pathlib import Path

LATEST = "latest.json"
"""The file that names the newest copy. It is the only name whose content changes."""

COPY_NAME = re.compile(r"run-(\d{6,})\.duckdb")
"""The name of a copy, with the number of its run."""


@dataclass(frozen=True, slots=True)
class Copy:
    """What `latest.json` says of the newest copy.

    Attributes:
        run_id: The run whose data it holds.
        file: Its name, beside `latest.json`.
        sha256: The SHA-256 of its bytes, in hexadecimal.
        bytes: Its size.
        data_timestamp: The registry's name of the data, or None.
        store_id: The store that it is a copy of, or None if an earlier version published the warehouse.
        published_at: When it was published, in UTC, as in `2026-11-28T03:04:05Z`.
        parquet: The names of its tables as Parquet, or None if they are not there.
        aclf_version: The version of the package that published it.
    """

    run_id: int
    file: str
    sha256: str
    bytes: int
    data_timestamp: str | None
    store_id: str | None
    published_at: str
    parquet: list[str] | None
    aclf_version: str


class Place(Protocol):
    """A place for files that are read over HTTP. Its methods raise `TargetFailed`."""

    @property
    def name(self) -> str:
        """What a sentence calls it: printable, without secrets."""

    def read(self, name: str) -> bytes | None:
        """Return the bytes of a small file, or None if there is none of this name."""

    def fetch(self, name: str, file: Path) -> None:
        """Copy a file from there into a new file here."""

    def write(self, file: Path, name: str) -> None:
        """Put a file there under a name, so that a reader sees all of it or none."""

    def list(self) -> dict[str, timedelta]:
        """Return the names that begin as those of copies do, each with its age."""

    def delete(self, name: str) -> None:
        """Remove a file."""

    def clean(self) -> None:
        """Remove what killed publishes left half written."""


def read_latest(place: Place) -> Copy | None:
    """Return the newest copy at a place, or None if nothing was published there.

    Raises:
        TargetOfAnotherStore: The place has a `latest.json` that this package did not write.
        TargetFailed: The place cannot be read.
    """
    data = place.read(LATEST)
    if data is None:
        return None
    try:
        document = orjson.loads(data)
        copy = Copy(**{field.name: document[field.name] for field in fields(Copy)})
        is_ours = isinstance(copy.run_id, int) and COPY_NAME.fullmatch(copy.file) is not None
    except (orjson.JSONDecodeError, KeyError, TypeError):
        is_ours = False
    if not is_ours:
        raise TargetOfAnotherStore(f"{place.name} has a {LATEST} that aclf-trials did not write")
    return copy
