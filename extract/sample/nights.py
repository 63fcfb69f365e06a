"""The two nights of the sample that ships with the package."""

from __future__ import annotations

import tomllib
from importlib.resources import files
from typing import TYPE_CHECKING

import orjson

from extract.sample.contents import Contents
from extract.sample.server import RegistryServer

if TYPE_CHECKING:
    from collections.abc import Iterator

_FILES = ("first_night.ndjson", "second_night.ndjson")


def load_night(number: int) -> Contents:
    """Return the sample as it is on its first night (1) or its second (2); later nights are like the second.

    On the second night, the studies of its own file replace those of the first night or are added to them. The ids
    that `nights.toml` calls merged answer under another id. The ids that it calls gone do not answer at all.

    Raises:
        ValueError: The number is below 1.
    """
    if number < 1:
        raise ValueError(f"The sample has nights 1 and 2, not {number}; ask for 1 or more.")
    description = tomllib.loads(_read_file("nights.toml").decode())["first" if number == 1 else "second"]
    merged: dict[str, str] = description.get("merged", {})
    data_timestamp = description["data_timestamp"]
    return Contents.from_ndjson(
        _stamp_records(_FILES[:number], data_timestamp[:10]),
        data_timestamp=data_timestamp,
        aliases=merged,
        without=[*merged, *description.get("gone", [])],
        sample=True,
    )


def make_sample_registry(night_number: int = 1) -> RegistryServer:
    """Make a server of the sample, on a free port, for a `with` statement."""
    return RegistryServer(load_night(night_number))


def _stamp_records(names: tuple[str, ...], date: str) -> Iterator[bytes]:
    """Yield every record of these files with a date as its `versionHolder`, as the service's records have it."""
    for name in names:
        for line in filter(None, _read_file(name).split(b"\n")):
            study = orjson.loads(line)
            derived = study.setdefault("derivedSection", {})
            derived.setdefault("miscInfoModule", {})["versionHolder"] = date
            yield orjson.dumps(study)


def _read_file(name: str) -> bytes:
    return files(__package__).joinpath("data", name).read_bytes()
