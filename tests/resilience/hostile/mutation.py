"""Mutated input: real-shaped documents with parts torn out, doubled, swapped, or made of what no registry writes."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import orjson

from extract.sample.nights import night
from tests.support.warehouses import golden_studies, written_studies

if TYPE_CHECKING:
    from collections.abc import Callable
    from random import Random

Json = Any
Place = tuple[Any, Any]
"""An object or a list, and a key or an index in it."""

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


def seeds(largest: int = 20_000) -> list[bytes]:
    """Real-shaped studies as JSON: the made ones, AACT's golden ones and the sample's, but for the longest."""
    sample = night(2)
    of_sample = (sample.study(number, None) for number in sample.matching("", ""))
    studies = [*map(orjson.dumps, [*written_studies().values(), *golden_studies()]), *of_sample]
    return [study for study in studies if len(study) <= largest]


def mutated(random: Random, seed: bytes, times: int) -> Json:
    """A JSON document with this many changes."""
    document = orjson.loads(seed)
    for _ in range(times):
        if document:
            random.choice(_CHANGES)(random, *_place(random, document))
    return document


def mutated_bytes(random: Random, seed: bytes, times: int) -> bytes:
    """A copy of some bytes with this many changes."""
    data = bytearray(seed)
    for _ in range(times):
        place = random.randrange(len(data) + 1)
        end = min(len(data), place + random.choice((0, 1, 1, 2, 8, 64)))
        data[place:end] = random.choice(
            (b"", b"", random.randbytes(2), data[place:end] * 2, _TOKENS[random.randrange(len(_TOKENS))])
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


def _place(random: Random, document: Json) -> Place:
    """Somewhere in an object or a list that is not empty, reached by going down at random."""
    key = random.choice(list(document) if isinstance(document, dict) else range(len(document)))
    below = document[key]
    goes_on = isinstance(below, dict | list) and below and random.random() < 0.85
    return _place(random, below) if goes_on else (document, key)


def _fresh(value: Json) -> Json:
    """A value that no change of another document can reach."""
    if isinstance(value, list):
        return [_fresh(element) for element in value]
    return {key: _fresh(member) for key, member in value.items()} if isinstance(value, dict) else value


def _replace(random: Random, holder: Any, key: Any) -> None:
    holder[key] = _fresh(random.choice(STRANGE))


def _remove(_: Random, holder: Any, key: Any) -> None:
    del holder[key]


def _wrap(random: Random, holder: Any, key: Any) -> None:
    for _ in range(random.choice((1, 1, 1, 2, 40)) if random.random() < 0.95 else 300):
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
        place = random.randrange(len(text) + 1)
        holder[key] = text[:place] + random.choice(_TEXTS) + text[place + random.randrange(3) :]
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
