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


def night(number: int) -> Contents:
    """The sample as it stands on its first night (1) or its second (2), which then lasts.

    The second night holds the first one's studies with those of its own file put in their place; the ids that
    `nights.toml` calls merged answer under another id, the gone ones not at all. Every record carries the
    night's date as its `versionHolder`, as the service's records do.

    Raises:
        ValueError: when the number is below 1.
    """
    if number < 1:
        raise ValueError(f"The sample has nights 1 and 2, not {number}; ask for 1 or more.")
    told = tomllib.loads(_read("nights.toml").decode())["first" if number == 1 else "second"]
    merged: dict[str, str] = told.get("merged", {})
    return Contents.from_ndjson(
        _stamped(_FILES[:number], told["data_timestamp"][:10]),
        data_timestamp=told["data_timestamp"],
        aliases=merged,
        without=[*merged, *told.get("gone", [])],
        sample=True,
    )


def sample_registry(night_number: int = 1) -> RegistryServer:
    """A server of the sample on a port of the system's choice, to be used in a `with` statement."""
    return RegistryServer(night(night_number))


def _stamped(names: tuple[str, ...], date: str) -> Iterator[bytes]:
    for name in names:
        for line in filter(None, _read(name).split(b"\n")):
            study = orjson.loads(line)
            derived = study.setdefault("derivedSection", {})
            derived.setdefault("miscInfoModule", {})["versionHolder"] = date
            yield orjson.dumps(study)


def _read(name: str) -> bytes:
    return files(__package__).joinpath("data", name).read_bytes()
