"""JSON values as text, and the comparison of JSON values by their text."""

from __future__ import annotations

from typing import TYPE_CHECKING

import orjson

if TYPE_CHECKING:
    from transform.shape import Json


def is_same(old: Json, new: Json) -> bool:
    """Return whether two values are the same JSON. The order of keys does not matter; 1, 1.0 and true differ."""
    # Python's comparison is quick, but takes 1, 1.0 and True for equal. Only the text tells them apart.
    return bool(old == new) and to_canonical(old) == to_canonical(new)


def to_canonical(value: Json) -> bytes:
    """Return the value as compact JSON with sorted keys, the form from which content hashes are made."""
    return orjson.dumps(value, option=orjson.OPT_SORT_KEYS)


def to_json(value: Json) -> str:
    """Return the value as compact JSON, with the keys in their own order."""
    return orjson.dumps(value).decode()


def to_text(value: Json) -> str:
    """Return a text as it is, and any other value as compact JSON."""
    return value if isinstance(value, str) else to_json(value)
