"""JSON values as text, and compared as text."""

from __future__ import annotations

from typing import TYPE_CHECKING

import orjson

if TYPE_CHECKING:
    from transform.shape import Json


def is_same(old: Json, new: Json) -> bool:
    """Whether two values are the same JSON, in whatever order their keys are; 1, 1.0 and true are three."""
    return bool(old == new) and to_canonical(old) == to_canonical(new)


def to_canonical(value: Json) -> bytes:
    """A value as compact JSON with sorted keys, as content hashes are made of."""
    return orjson.dumps(value, option=orjson.OPT_SORT_KEYS)


def to_json(value: Json) -> str:
    """A value as compact JSON, its keys in their order."""
    return orjson.dumps(value).decode()


def to_text(value: Json) -> str:
    """A text as it is, everything else as compact JSON."""
    return value if isinstance(value, str) else to_json(value)
