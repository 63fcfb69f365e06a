"""Study records out of the registry's replies, as lines that a load reads: each with its content hash, or set aside.

A line is a JSON object with `nct_id` and `content_hash`; then `document`, the record, and `unknown_keys`, a list of
`path` and `occurrences`, where it has any; or, of a record that is set aside, `reason`, `path` and `raw`, its text.
"""

from __future__ import annotations

import json
from collections import Counter
from dataclasses import dataclass
from hashlib import sha256
from typing import TYPE_CHECKING

import orjson

from extract.errors import BadNctNumber
from extract.nct import NctId
from transform.catalog import NCT_ID_PATH
from transform.shape import fits, misfit, unknown_keys

if TYPE_CHECKING:
    from collections.abc import Collection, Mapping

    from transform.shape import Json, Shape

ALIASES_PATH = "protocolSection.identificationModule.nctIdAliases"
VERSION_HOLDER_PATH = "derivedSection.miscInfoModule.versionHolder"
"""The night's date, the same in every record of the registry's data release: no part of a trial's content."""


_STATUS_PATH = "protocolSection.statusModule.overallStatus"
_WITHHELD = "WITHHELD"
_UNWRITABLE = {
    "surrogates": "the record holds half a character (a lone surrogate)",
    "64-bit": "the record holds a number of more than 64 bits",
    "float": "the record holds a number beyond all bounds",
    "Recursion": "the record is nested beyond reason",
}
"""Why a record cannot be written, by a word of the refusal."""


@dataclass(frozen=True, slots=True)
class Reading:
    """What a reply says.

    Attributes:
        lines: a line a record, in the reply's order; of a trial that comes twice, only the last.
        found: the NCT numbers of the trials that it has a record of, among those that were asked for.
        merged: the trials that are merged into another, with the other's number.
        withheld: the numbers of the records whose overall status is WITHHELD.
    """

    lines: tuple[bytes, ...]
    found: frozenset[str]
    merged: Mapping[str, str]
    withheld: frozenset[str]


def read_reply(reply: Json, ids: Collection[str], expected: Shape) -> Reading:
    """Read a reply of `/studies` (an object with `studies`) or of `/studies/{nctId}` (one study).

    Args:
        reply: the parsed reply.
        ids: the NCT numbers that were asked for; a study that is none of them and lists none of them as obsolete is
            set aside.
        expected: the shape of a record; one that has another is set aside.
    """
    studies: list[Json] = reply.get("studies", [reply])
    aliases = {number: _aliases(study) for study in studies if (number := _number(study)) is not None}
    merged = {
        obsolete: current
        for current, numbers in aliases.items()
        for obsolete in numbers
        if obsolete in ids and obsolete not in aliases
    }
    asked = frozenset([*ids, *merged.values()])
    lines = {_number(study) or place: record_line(study, asked, expected) for place, study in enumerate(studies)}
    withheld = frozenset(number for study in studies if (number := _number(study)) and _is_withheld(study))
    return Reading(tuple(lines.values()), asked.intersection(aliases), merged, withheld)


def record_line(study: Json, asked: Collection[str], expected: Shape) -> bytes:
    """The line of a record; its content hash is the SHA-256 of its JSON with sorted keys, without `versionHolder`."""
    try:
        document = orjson.dumps(study)
        if b"null" in document:  # the registry writes none; it may be a number too large, such as 1e999
            json.dumps(study, allow_nan=False)
    except (TypeError, ValueError) as error:
        return _unwritable(study, str(error))
    canonical = orjson.dumps(_without(study, VERSION_HOLDER_PATH.split(".")), option=orjson.OPT_SORT_KEYS)
    nct_id = _number(study)
    line: dict[str, Json] = {"nct_id": nct_id, "content_hash": sha256(canonical).hexdigest()}
    if nct_id in asked and fits(study, expected):
        return _with_document(line, document)
    unfit = _unfit(study, nct_id, asked, expected)
    if unfit:
        reason, path = unfit
        return _line({**line, "reason": reason, "path": path, "raw": document.decode()})
    found = Counter(unknown_keys(study, expected))
    line["unknown_keys"] = [{"path": path, "occurrences": number} for path, number in sorted(found.items())]
    return _with_document(line, document)


def _unfit(study: Json, nct_id: str | None, asked: Collection[str], expected: Shape) -> tuple[str, str] | None:
    """Why a record cannot be taken, and where in it."""
    if nct_id is None:
        return "the record has no NCT number", NCT_ID_PATH
    if nct_id not in asked:
        return "the record is not one that was asked for", NCT_ID_PATH
    unfit = misfit(study, expected)
    return (unfit[1], unfit[0]) if unfit else None


def _unwritable(study: Json, refused: str) -> bytes:
    """A record that no text can hold, such as one with half a character; its escapes stand in the raw text."""
    try:
        raw = json.dumps(study)
    except RecursionError:
        raw = ""
    nct_id, content_hash = _number(study), sha256(raw.encode()).hexdigest()
    reason = next((words for sign, words in _UNWRITABLE.items() if sign in refused), refused)
    return _line({"nct_id": nct_id, "content_hash": content_hash, "reason": reason, "path": "", "raw": raw})


def _with_document(line: dict[str, Json], document: bytes) -> bytes:
    return orjson.dumps(line)[:-1] + b',"document":' + document + b"}\n"


def _line(members: dict[str, Json]) -> bytes:
    return orjson.dumps(members) + b"\n"


def _number(study: Json) -> str | None:
    """The NCT number of a record; None where it has none, or a text there that is none."""
    number = _at(study, NCT_ID_PATH.split("."))
    try:
        return NctId(number) if isinstance(number, str) else None
    except BadNctNumber:
        return None


def _aliases(study: Json) -> list[str]:
    aliases = _at(study, ALIASES_PATH.split("."))
    return aliases if isinstance(aliases, list) else []  # what is no list is set aside with its record later


def _is_withheld(study: Json) -> bool:
    return bool(_at(study, _STATUS_PATH.split(".")) == _WITHHELD)


def _at(value: Json, steps: list[str]) -> Json:
    for step in steps:
        value = value.get(step) if isinstance(value, dict) else None
    return value


def _without(value: Json, steps: list[str]) -> Json:
    first, *others = steps
    if not isinstance(value, dict) or first not in value:
        return value
    if others:
        return {**value, first: _without(value[first], others)}
    return {key: member for key, member in value.items() if key != first}
