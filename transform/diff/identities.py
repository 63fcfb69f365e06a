"""What identifies the elements of a record's lists: an arm its label, a site its facility and city.

`identities.tsv` has a row for each list of objects, in the field tree's order. `identity`: the keys that tell its
elements apart, joined by ` + `, the first of which an element must have; behind `; ` those that are tried next, on what
these leave over. `element`: the keys that name an element to a reader, and behind `; ` those that do without them.
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
    """What identifies the elements of one list; nothing, for a list that the field tree does not know.

    Attributes:
        alternatives: the keys to match elements by, each tried on what those before it leave over.
        names: the keys whose values name an element; the first of which it has any.
    """

    alternatives: tuple[Keys, ...] = ()
    names: tuple[Keys, ...] = ()


@cache
def load_identities() -> Mapping[str, Identity]:
    """What identifies the elements of each list of objects, by the list's path with `[]` behind it."""
    lines = (files("transform") / "diff" / "identities.tsv").read_text(encoding="utf-8").splitlines()
    rows = csv.DictReader(lines, dialect="excel-tab")
    return {row["path"]: Identity(_alternatives(row["identity"]), _alternatives(row["element"])) for row in rows}


def make_identity_key(element: Json, keys: Keys) -> bytes | None:
    """The values of these keys, to be compared; None for an element that does not have the first."""
    if not isinstance(element, dict) or element.get(keys[0]) is None:
        return None
    return to_canonical([element.get(key) for key in keys])


def name_elements(elements: Sequence[Json], identity: Identity) -> list[str | None]:
    """What each object of a list is called; None for what is no object.

    One whose name another has too is told apart by its place, as in `Death #2`; one that has none is called by its
    place alone, and not at all where it is the list's only one.
    """
    names = [_name(element, identity.names) if isinstance(element, dict) else None for element in elements]
    if len(names) == 1:
        return [names[0] or None]
    often = Counter(names)
    return [
        name if name is None or (name and often[name] == 1) else f"{name} #{place}".lstrip()
        for place, name in enumerate(names, start=1)
    ]


def _name(element: Mapping[str, Json], names: tuple[Keys, ...]) -> str:
    found = ([element[key] for key in keys if element.get(key) is not None] for keys in names)
    return next((", ".join(map(_words, values)) for values in found if values), "")


def _words(value: Json) -> str:
    return ", ".join(map(to_text, value)) if isinstance(value, list) else to_text(value)


def _alternatives(cell: str) -> tuple[Keys, ...]:
    return tuple(tuple(keys.split(" + ")) for keys in cell.split("; "))
