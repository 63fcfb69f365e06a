"""Make random cases of each kind of hostile input, and give them to their target."""

from __future__ import annotations

import json
from functools import cache
from importlib.resources import files
from typing import TYPE_CHECKING, Any

import orjson

from tests.resilience.hostile import targets
from tests.resilience.hostile.mutation import mutate_bytes, mutate_json, read_seeds
from tests.support.made_studies import make_study
from tests.support.warehouses import with_value

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


def _join_pieces(random: Random, pieces: tuple[str, ...]) -> str:
    return "".join(random.choice(pieces) for _ in range(random.randrange(7)))


def try_nct_id(random: Random, _: Path) -> None:
    """Try pieces of numbers, other scripts, paths and control characters in a row."""
    targets.check_nct_id(_join_pieces(random, _IDS))


def try_dates(random: Random, _: Path) -> None:
    """Try pieces of dates in a row."""
    targets.check_dates([_join_pieces(random, _DATES) for _ in range(DATES_AT_ONCE)])


def try_condition_set(random: Random, folder: Path) -> None:
    """Try the set that ships, or a set with every key, with some bytes changed."""
    targets.check_condition_set(
        mutate_bytes(random, random.choice(_read_condition_sets()), random.choice(_TIMES)), folder / "x.toml"
    )


def try_listing(random: Random, _: Path) -> None:
    """Try the pages of a listing with parts of them changed, and sometimes with bytes changed."""
    pages = [_mutate_document(random, page) for page in random.choice(_LISTINGS)]
    targets.check_listing(pages)


def try_reply(random: Random, _: Path) -> None:
    """Try records of a real shape with parts of them changed, and sometimes with bytes changed."""
    study = _mutate_document(random, random.choice(_read_seeds()))
    other = _mutate_document(random, random.choice(_LISTINGS[0]))
    targets.check_reply(b'{"studies":[' + study + b"," + other + b"]}", _choose_nct_id(random))


def try_versions(random: Random, _: Path) -> None:
    """Try a record of a real shape and a changed one, where a warehouse would accept the changed one."""
    old = random.choice(_read_seeds())
    records = targets.check_reply(b'{"studies":[' + _mutate_document(random, old) + b"]}", _read_nct_id(old))
    accepted = [record.document for record in records or () if record.document is not None]
    targets.check_versions(old, accepted[0] if accepted else old)


def try_wait(random: Random, _: Path) -> None:
    """Try seconds and dates with some bytes changed."""
    targets.check_wait(mutate_bytes(random, random.choice(_WAITS), random.choice((1, 2))).decode("latin-1"))


KINDS: Mapping[str, Callable[[Random, Path], None]] = {
    "an NCT number": try_nct_id,
    "dates": try_dates,
    "a condition set": try_condition_set,
    "a listing": try_listing,
    "a reply": try_reply,
    "two versions": try_versions,
    "a wait": try_wait,
}


AT_ONCE = {"dates": DATES_AT_ONCE}
"""How many cases one call of a kind tries, where that is more than one."""


def make_record(random: Random, nct_id: str) -> bytes:
    """Make a record of a real shape with this NCT number and with parts of it changed."""
    study = orjson.loads(random.choice(_read_seeds()))
    return _mutate_document(random, orjson.dumps(with_value(study, NUMBER, nct_id)))


def _mutate_document(random: Random, document: bytes) -> bytes:
    """Return JSON with parts of it changed; one of ten has bytes changed, and may not be JSON any more."""
    if random.random() < 0.1:
        return mutate_bytes(random, document, random.choice(_TIMES))
    return json.dumps(mutate_json(random, document, random.choice(_TIMES))).encode()


def _choose_nct_id(random: Random) -> str:
    return random.choice(("NCT00000001", "NCT03863002", "NCT90000001"))


def _read_nct_id(study: bytes) -> str:
    return str(orjson.loads(study)["protocolSection"]["identificationModule"]["nctId"])


@cache
def _read_seeds() -> list[bytes]:
    return read_seeds()


@cache
def _read_condition_sets() -> list[bytes]:
    shipped = (files("extract") / "condition_sets" / "aclf.toml").read_bytes()
    with_every_key = (
        b'name = "x"\ntitle = "X"\nsearch = "gout OR \\"lead poisoning\\""\nadvanced = "AREA[Phase]PHASE1"\n'
        b'mesh_ids = ["D065290", "C000001"]\ninclude = ["NCT00000001"]\nexclude = ["NCT00000002"]\nminimum_trials = 3\n'
    )
    return [shipped, with_every_key]


def _make_page(studies: list[Any], **others: Any) -> bytes:
    return orjson.dumps({"studies": studies, **others})


_LISTINGS: tuple[list[bytes], ...] = (
    [_make_page([make_study(1), make_study(2)], totalCount=2)],
    [_make_page([make_study(1)], totalCount=2, nextPageToken="a"), _make_page([make_study(2)])],
    [_make_page([make_study(1)], totalCount=1, nextPageToken="a"), _make_page([])],
)
