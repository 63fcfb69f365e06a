"""Each kind of hostile input: how a case is made at random, and the target it is given to."""

from __future__ import annotations

import json
from functools import cache
from importlib.resources import files
from typing import TYPE_CHECKING, Any

import orjson

from tests.resilience.hostile import targets
from tests.resilience.hostile.mutation import mutated, mutated_bytes, seeds
from tests.support.made_studies import made_study
from tests.support.warehouses import put

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping
    from pathlib import Path
    from random import Random

NUMBER = "protocolSection.identificationModule.nctId"
DATES_AT_ONCE = 500
_TIMES = (1, 1, 2, 5, 20)
_IDS = (
    "",
    " ",
    "\t",
    "\n",
    "\x00",
    "NCT",
    "nct",
    "ＮＣＴ",
    "0",
    "00000000",
    "3863002",
    "٣",
    "²",
    "/../",
    "%2e",
    ";",
    "'--",
    "\ud800",
)
_DATES = (
    *(
        "2024",
        "24",
        "02",
        "2",
        "30",
        "31",
        "13",
        "00",
        "1900",
        "2100",
        "2101",
        "0001",
        "٣",
        "-",
        "-",
        "/",
        " ",
        ",",
        "T",
    ),
    *("January ", "may ", "Sept ", "Auguſt ", "1, ", "32, ", "\xa0", "\n", "\x00", "x"),
)
_WAITS = (b"120", b"-1", b"Wed, 21 Oct 2026 07:28:00 GMT", b"21 Oct 26 07:28 +0000", b"1e9", b"")


def _joined(random: Random, pieces: tuple[str, ...]) -> str:
    return "".join(random.choice(pieces) for _ in range(random.randrange(7)))


def an_id(random: Random, _: Path) -> None:
    """Pieces of numbers, other scripts, paths and control characters in a row."""
    targets.an_id(_joined(random, _IDS))


def some_dates(random: Random, _: Path) -> None:
    """Pieces of dates in a row."""
    targets.some_dates([_joined(random, _DATES) for _ in range(DATES_AT_ONCE)])


def a_condition_set(random: Random, folder: Path) -> None:
    """The set that ships, and one with every key, with some bytes changed."""
    targets.a_condition_set(
        mutated_bytes(random, random.choice(_condition_sets()), random.choice(_TIMES)), folder / "x.toml"
    )


def a_listing(random: Random, _: Path) -> None:
    """Two pages with parts of them changed; now and then with bytes changed."""
    pages = [_changed(random, page) for page in random.choice(_LISTINGS)]
    targets.a_listing(pages)


def a_reply(random: Random, _: Path) -> None:
    """Real-shaped records with parts of them changed; now and then with bytes changed."""
    study = _changed(random, random.choice(_seeds()))
    targets.a_reply(
        b'{"studies":[' + study + b"," + _changed(random, random.choice(_LISTINGS[0])) + b"]}", _asked(random)
    )


def two_versions(random: Random, _: Path) -> None:
    """A real-shaped record and a changed one, as far as a warehouse can hold it."""
    old = random.choice(_seeds())
    reading = targets.a_reply(b'{"studies":[' + _changed(random, old) + b"]}", _number(old))
    held = [line["document"] for line in map(orjson.loads, reading.lines if reading else ()) if "document" in line]
    targets.two_versions(old, orjson.dumps(held[0]) if held else old)


def a_wait(random: Random, _: Path) -> None:
    """Seconds and dates with some bytes changed."""
    targets.a_wait(mutated_bytes(random, random.choice(_WAITS), random.choice((1, 2))).decode("latin-1"))


KINDS: Mapping[str, Callable[[Random, Path], None]] = {
    "an NCT number": an_id,
    "dates": some_dates,
    "a condition set": a_condition_set,
    "a listing": a_listing,
    "a reply": a_reply,
    "two versions": two_versions,
    "a wait": a_wait,
}


AT_ONCE = {"dates": DATES_AT_ONCE}
"""How many cases a kind tries at a time, where that is more than one."""


def a_record(random: Random, nct_id: str) -> bytes:
    """A real-shaped record under this number, with parts of it changed."""
    return _changed(random, orjson.dumps(put(orjson.loads(random.choice(_seeds())), NUMBER, nct_id)))


def _changed(random: Random, document: bytes) -> bytes:
    """JSON with parts of it changed; one of ten with bytes changed, so that it may be none."""
    if random.random() < 0.1:
        return mutated_bytes(random, document, random.choice(_TIMES))
    return json.dumps(mutated(random, document, random.choice(_TIMES))).encode()


def _asked(random: Random) -> str:
    return random.choice(("NCT00000001", "NCT03863002", "NCT90000001"))


def _number(study: bytes) -> str:
    return str(orjson.loads(study)["protocolSection"]["identificationModule"]["nctId"])


@cache
def _seeds() -> list[bytes]:
    return seeds()


@cache
def _condition_sets() -> list[bytes]:
    shipped = (files("extract") / "condition_sets" / "aclf.toml").read_bytes()
    whole = (
        b'name = "x"\ntitle = "X"\nsearch = "gout OR \\"lead poisoning\\""\nadvanced = "AREA[Phase]PHASE1"\n'
        b'mesh_ids = ["D065290", "C000001"]\ninclude = ["NCT00000001"]\nexclude = ["NCT00000002"]\nminimum_trials = 3\n'
    )
    return [shipped, whole]


def _page(studies: list[Any], **others: Any) -> bytes:
    return orjson.dumps({"studies": studies, **others})


_LISTINGS: tuple[list[bytes], ...] = (
    [_page([made_study(1), made_study(2)], totalCount=2)],
    [_page([made_study(1)], totalCount=2, nextPageToken="a"), _page([made_study(2)])],
    [_page([made_study(1)], totalCount=1, nextPageToken="a"), _page([])],
)
