"""Mutate documents of a real shape: remove, double, swap or replace parts, also with values that no registry writes."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import orjson

from extract.sample.nights import load_night
from tests.support.warehouses import read_golden_studies, read_test_studies

if TYPE_CHECKING:
    from collections.abc import Callable
    from random import Random

Json = Any
Slot = tuple[Any, Any]
"""An object with a key in it, or a list with an index in it."""

STRANGE: tuple[Json, ...] = (
    *(
        None,
        True,
        False,
        0,
        -1,
        1.5,
        1e300,
        2**63,
        -(2**63),
        2**64 - 1,
        10**30,
        "",
        " ",
        "\x00",
        "\ud800",
        "\U0010ffff",
    ),
    *("NA", "null", "2024-02-30", "0001-01-01", "9999-12-31", "2024-13", "-2024", "NCT00000001", "NCT1", "../../x"),
    *(
        "'; drop table trials; --",
        "<script>alert(1)</script>",
        "\x1b[31m",
        "x" * 5000,
        "é" * 300,
        "\u202etxt",
        "%s{}$1",
    ),
    *([], {}, [None], [[]], [{}], [[], {}, None, 1, "x"], {"": 1}, {"a": {"b": [1]}}, {"\x00": "\x00"}, {"nctId": "x"}),
)
_TEXTS = tuple(value for value in STRANGE if isinstance(value, str))


def read_seeds(largest: int = 20_000) -> list[bytes]:
    """Return studies of a real shape as JSON: those of the tests' data and the sample's, without the largest.

    Args:
        largest: the most bytes that a study may have.
    """
    sample = load_night(2)
    sample_studies = (sample.get_study(number, None) for number in sample.find_studies("", ""))
    test_studies = map(orjson.dumps, [*read_test_studies().values(), *read_golden_studies()])
    return [study for study in [*test_studies, *sample_studies] if len(study) <= largest]


def mutate_json(random: Random, seed: bytes, times: int) -> Json:
    """Return a JSON document with this many changes."""
    document = orjson.loads(seed)
    for _ in range(times):
        if document:
            change = random.choice(_CHANGES)
            change(random, *_choose_slot(random, document))
    return document


def mutate_bytes(random: Random, seed: bytes, times: int) -> bytes:
    """Return a copy of some bytes with this many changes."""
    data = bytearray(seed)
    for _ in range(times):
        start = random.randrange(len(data) + 1)
        end = min(len(data), start + random.choice((0, 1, 1, 2, 8, 64)))
        data[start:end] = random.choice(
            (b"", b"", random.randbytes(2), data[start:end] * 2, _TOKENS[random.randrange(len(_TOKENS))])
        )
    return bytes(data)


_TOKENS = (
    *(
        b"{",
        b"}",
        b"[",
        b"]",
        b'"',
        b",",
        b":",
        b"\\",
        b"=",
        b"\n",
        b"\x00",
        b"\xff",
        b"-",
        b"0",
        b"9" * 30,
        b"[" * 400,
    ),
)


def _choose_slot(random: Random, document: Json) -> Slot:
    """Choose a slot of an object or a list that is not empty, by going down at random."""
    key = random.choice(list(document) if isinstance(document, dict) else range(len(document)))
    value = document[key]
    goes_down = isinstance(value, dict | list) and value and random.random() < 0.85
    return _choose_slot(random, value) if goes_down else (document, key)


def _copy_value(value: Json) -> Json:
    """Return a deep copy, so that a later change of one document cannot reach another."""
    if isinstance(value, list):
        return [_copy_value(element) for element in value]
    if isinstance(value, dict):
        return {key: _copy_value(member) for key, member in value.items()}
    return value


# The changes; each takes an object or a list, and a key or an index in it.


def _replace(random: Random, holder: Any, key: Any) -> None:
    holder[key] = _copy_value(random.choice(STRANGE))


def _remove(_: Random, holder: Any, key: Any) -> None:
    del holder[key]


def _wrap(random: Random, holder: Any, key: Any) -> None:
    # 300 levels are nested too deep to be written as JSON again.
    depth = random.choice((1, 1, 1, 2, 40)) if random.random() < 0.95 else 300
    for _ in range(depth):
        holder[key] = [holder[key]] if random.random() < 0.5 else {"x": holder[key]}


def _double(random: Random, holder: Any, key: Any) -> None:
    value = holder[key]
    if isinstance(holder, list):
        holder += [value] * random.choice((1, 2, 30) if isinstance(value, str) else (1, 2))
    else:
        names = (f"{key} ", str(key).upper(), f"{key}.{key}", f'{key}"', "", *_TEXTS)
        holder[random.choice(names)] = value


def _swap(random: Random, holder: Any, key: Any) -> None:
    other = random.choice(list(holder) if isinstance(holder, dict) else range(len(holder)))
    holder[key], holder[other] = holder[other], holder[key]


def _spoil(random: Random, holder: Any, key: Any) -> None:
    text = holder[key]
    if isinstance(text, str):
        start = random.randrange(len(text) + 1)
        holder[key] = text[:start] + random.choice(_TEXTS) + text[start + random.randrange(3) :]
    else:
        _replace(random, holder, key)


_CHANGES: tuple[Callable[[Random, Any, Any], None], ...] = (
    _replace,
    _replace,
    _remove,
    _wrap,
    _double,
    _swap,
    _spoil,
    _spoil,
)
