"""Which fields of records have values, and which of them a night's records lack altogether.

The registry has renamed fields before. A renamed field is an unknown key, and its column is empty without an error.
"""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass
from functools import cache
from itertools import accumulate
from typing import TYPE_CHECKING

from transform.catalog.files import load_catalog
from transform.paths import LIST, split_path

if TYPE_CHECKING:
    from collections.abc import Collection, Iterable, Iterator, Mapping

    from transform.shape import Json

LEAST_RECORDS = 10
"""A field counts as vanished if that many records lack it: fewer may lack it by chance."""

NEARLY_ALL = 0.95
"""The part of the records that has a field which nearly every record has."""

_ALWAYS_FILLED = frozenset(
    {
        "protocolSection.identificationModule.briefTitle",
        "protocolSection.statusModule.overallStatus",
        "protocolSection.statusModule.lastUpdatePostDateStruct.date",
    }
)
REQUIRED_FIELDS = _ALWAYS_FILLED | {
    "protocolSection.statusModule.startDateStruct.date",
    "protocolSection.sponsorCollaboratorsModule.leadSponsor.name",
    "protocolSection.conditionsModule.conditions[]",
    "protocolSection.designModule.studyType",
}
"""The fields that the registry demands of a study. They stand in where no earlier record is known."""

_MOST_ELEMENTS = 20
"""Elements of a list that are looked at. A field that nearly every record has is in the first ones."""

_WITHHELD = "WITHHELD"


@dataclass(frozen=True, slots=True)
class VanishedField:
    """A field that nearly every record had, and that no record of a night has.

    Attributes:
        key: the path of the topmost key that is gone; the field's own path if its key came without a usable value.
        paths: the fields below it that are columns of the warehouse.
        successor: the path of the unknown key that may be its new name, or None.
    """

    key: str
    paths: tuple[str, ...]
    successor: str | None


def list_filled_paths(record: Json, path: str = "") -> Iterator[str]:
    """Yield the path of each text, number and truth value of a record; a path may come several times."""
    if isinstance(record, dict):
        for key, member in record.items():
            yield from list_filled_paths(member, f"{path}.{key}" if path else key)
    elif isinstance(record, list):
        for element in record[:_MOST_ELEMENTS]:
            yield from list_filled_paths(element, path + LIST)
    elif record is not None and record != "":
        yield path


def is_withheld(record: Json) -> bool:
    """Return whether the sponsor withholds the record, so that it lacks nearly every field."""
    status = record.get("protocolSection", {}).get("statusModule", {})
    return bool(status.get("overallStatus") == _WITHHELD)


def find_usual_fields(records: Iterable[Json]) -> frozenset[str]:
    """Return the fields of the catalog that nearly all of these records have."""
    counts: Counter[str] = Counter()
    total = 0
    for record in records:
        total += 1
        counts.update(_list_catalog_paths() & set(list_filled_paths(record)))
    return frozenset(path for path, count in counts.items() if count >= NEARLY_ALL * total)


def explain_vanished(paths: Iterable[str], kept: Collection[str], unknown: Mapping[str, bool]) -> list[VanishedField]:
    """Group fields that have vanished by the key that is gone, and name the unknown key that may have replaced it.

    Args:
        paths: the fields.
        kept: every path that is filled in some record of the night.
        unknown: the unknown keys that nearly all records of the night have, and whether each of them is new.
    """
    known_prefixes = {prefix for path in kept for prefix in _list_prefixes(path)}
    groups: dict[str, list[str]] = {}
    for path in sorted(paths):
        key = next((prefix for prefix in _list_prefixes(path) if prefix not in known_prefixes), path)
        groups.setdefault(key, []).append(path)
    return [VanishedField(key, tuple(group), _find_successor(key, unknown)) for key, group in groups.items()]


def is_sure(field: VanishedField, unknown: Mapping[str, bool], earlier: int, night: int) -> bool:
    """Return whether a field has vanished from the registry, and not by chance from a few records.

    Args:
        field: the field.
        unknown: as for `explain_vanished`.
        earlier: how many records are known from before.
        night: how many records lack it.
    """
    if not earlier:
        # A first sync has nothing to compare with, and each unknown key is new to it.
        is_explained = field.successor is not None or not _ALWAYS_FILLED.isdisjoint(field.paths)
        return is_explained and night >= LEAST_RECORDS
    # A new key beside it, or of the same name at another place, is evidence even in one record.
    has_new_successor = field.successor is not None and unknown[field.successor]
    return has_new_successor or min(earlier, night) >= LEAST_RECORDS


def name_columns(paths: Iterable[str]) -> list[str]:
    """Return the columns that these fields fill, those of `main` first."""
    wanted = set(paths)
    names = {
        f"{table.qualified}.{column.name}"
        for table in load_catalog().tables
        for column in table.columns
        if wanted & set(table.get_column_paths(column))
    }
    return sorted(names, key=lambda name: (not name.startswith("main.trials."), name))


def _find_successor(key: str, unknown: Mapping[str, bool]) -> str | None:
    *parent, name = split_path(key)
    beside = [other for other in unknown if list(split_path(other)[:-1]) == parent]
    elsewhere = [other for other in unknown if split_path(other)[-1] == name.removesuffix(LIST)]
    # A key that is new tonight is the likelier one.
    candidates = sorted([*beside, *elsewhere], key=lambda other: not unknown[other])
    return candidates[0] if candidates else None


def _list_prefixes(path: str) -> Iterator[str]:
    return accumulate(split_path(path), "{}.{}".format)


@cache
def _list_catalog_paths() -> frozenset[str]:
    """Return the paths of the fields that become columns."""
    tables = load_catalog().tables
    return frozenset(path for table in tables for column in table.columns for path in table.get_column_paths(column))
