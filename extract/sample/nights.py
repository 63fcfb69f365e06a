"""The three nights of the sample that ships with the package."""

from __future__ import annotations

import tomllib
from importlib.resources import files
from typing import TYPE_CHECKING, Any

import orjson

from extract.sample.contents import Contents
from extract.sample.server import RegistryServer

if TYPE_CHECKING:
    from collections.abc import Iterator

_NIGHTS = ("first", "second", "third")


def load_night(number: int) -> Contents:
    """Return the sample as it is on its first night (1), its second or its third; later nights are like the third.

    The studies of a night's own file replace those of the night before or are added to them. The ids that `nights.toml`
    calls merged answer under another id, and the ids that it calls gone do not answer at all; both from then on.

    Raises:
        ValueError: The number is below 1.
    """
    if number < 1:
        raise ValueError(f"The sample has nights 1 to {len(_NIGHTS)}, not {number}; ask for 1 or more.")
    so_far = _NIGHTS[:number]
    descriptions = _describe_nights()
    merged = {old: new for night in so_far for old, new in descriptions[night].get("merged", {}).items()}
    gone = [nct_id for night in so_far for nct_id in descriptions[night].get("gone", [])]
    data_timestamp = descriptions[so_far[-1]]["data_timestamp"]
    return Contents.from_ndjson(
        _stamp_records(so_far, data_timestamp[:10]),
        data_timestamp=data_timestamp,
        aliases=merged,
        without=[*merged, *gone],
        sample=True,
    )


def find_next_night(data_timestamp: str) -> int:
    """Return the number of the night that follows the one with this data timestamp."""
    timestamps = [str(night["data_timestamp"]) for night in _describe_nights().values()]
    return 1 + sum(timestamp <= data_timestamp for timestamp in timestamps)


def make_sample_registry(night_number: int = 1) -> RegistryServer:
    """Make a server of the sample, on a free port, for a `with` statement."""
    return RegistryServer(load_night(night_number))


def _stamp_records(nights: tuple[str, ...], date: str) -> Iterator[bytes]:
    """Yield every record of these nights with a date as its `versionHolder`, as the service's records have it."""
    for night in nights:
        for line in filter(None, _read_file(f"{night}_night.ndjson").split(b"\n")):
            study = orjson.loads(line)
            derived = study.setdefault("derivedSection", {})
            derived.setdefault("miscInfoModule", {})["versionHolder"] = date
            yield orjson.dumps(study)


def _describe_nights() -> dict[str, Any]:
    return tomllib.loads(_read_file("nights.toml").decode())


def _read_file(name: str) -> bytes:
    return files(__package__).joinpath("data", name).read_bytes()
