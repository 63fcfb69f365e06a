"""The keys that identify the elements of a record's lists: an arm has its label, a site its facility and city.

`identities.tsv` has one row per list of objects, in the field tree's order. Its columns:

- `path`: the list's path, with `[]` at the end.
- `identity`: the keys that distinguish the elements, joined by ` + `. An element without the first of these keys is not
  identified. After `; ` come the keys to try next, on the elements that the earlier keys did not match.
- `element`: the keys whose values name an element to a reader. After `; ` come the keys for elements that have none of
  the earlier ones.
"""

from __future__ import annotations

import csv
from collections import Counter
from dataclasses import dataclass
from functools import cache
from importlib.resources import files
from typing import TYPE_CHECKING

from transform.diff.values import to_canonical, to_text

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from transform.shape import Json

Keys = tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Identity:
    """The keys that identify the elements of one list. A list that the field tree does not know has none.

    Attributes:
        alternatives: groups of keys to match elements by. Each group is tried on what the earlier groups did not match.
        names: groups of keys whose values name an element. The first group of which the element has a key is used.
    """

    alternatives: tuple[Keys, ...] = ()
    names: tuple[Keys, ...] = ()


@cache
def load_identities() -> Mapping[str, Identity]:
    """Return the identity of each list of objects, by the list's path with `[]` at the end."""
    lines = (files("transform") / "diff" / "identities.tsv").read_text(encoding="utf-8").splitlines()
    rows = csv.DictReader(lines, dialect="excel-tab")
    return {row["path"]: Identity(_split_keys(row["identity"]), _split_keys(row["element"])) for row in rows}


def make_identity_key(element: Json, keys: Keys) -> bytes | None:
    """Return the values of these keys, to compare elements by; None if the element does not have the first key."""
    if not isinstance(element, dict) or element.get(keys[0]) is None:
        return None
    return to_canonical([element.get(key) for key in keys])


def name_elements(elements: Sequence[Json], identity: Identity) -> list[str | None]:
    """Return the name of each object of a list; None for an element that is not an object.

    If several elements have the same name, each has its ordinal after it, as in `Death #2`. An element without a name
    is called by its ordinal alone, as in `#2`; the only element of a list has no name then.
    """
    names = [_make_name(element, identity.names) if isinstance(element, dict) else None for element in elements]
    if len(names) == 1:
        return [names[0] or None]
    uses = Counter(names)
    unique_names: list[str | None] = []
    for ordinal, name in enumerate(names, start=1):
        is_unique = name is None or (name != "" and uses[name] == 1)
        unique_names.append(name if is_unique else f"{name} #{ordinal}".lstrip())
    return unique_names


def _make_name(element: Mapping[str, Json], names: tuple[Keys, ...]) -> str:
    """Return the values of the first group of keys of which the element has any; an empty text if it has none."""
    for keys in names:
        values = [element[key] for key in keys if element.get(key) is not None]
        if values:
            return ", ".join(map(_format_value, values))
    return ""


def _format_value(value: Json) -> str:
    return ", ".join(map(to_text, value)) if isinstance(value, list) else to_text(value)


def _split_keys(cell: str) -> tuple[Keys, ...]:
    return tuple(tuple(keys.split(" + ")) for keys in cell.split("; "))
