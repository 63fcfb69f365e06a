"""Study records out of the registry's replies, as lines that a load reads: each with its content hash, or set aside.

A line is a JSON object with `nct_id` and `content_hash`; then `document`, the record, and, where it has any,
`unknown_keys`, a list of `path` and `occurrences`, and `marred_texts`, a list of `path` and `text`; or, of a record
that is set aside, `reason`, `path` and `raw`, its text.
"""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass
from hashlib import sha256
from typing import TYPE_CHECKING

import orjson

from extract.errors import BadNctNumber
from extract.nct import NctId
from transform.catalog.model import NCT_ID_PATH
from transform.paths import LIST
from transform.shape import find_shape_error, find_unknown_keys, is_of_shape

if TYPE_CHECKING:
    from collections.abc import Collection, Iterator, Mapping

    from transform.shape import Json, Shape

ALIASES_PATH = "protocolSection.identificationModule.nctIdAliases"
VERSION_HOLDER_PATH = "derivedSection.miscInfoModule.versionHolder"
"""The night's date, the same in every record of the registry's data release: no part of a trial's content."""

LOST = "\ufffd"
"""What stands where a character was lost: a half of one that JSON spelt out, or bytes that somebody misread before."""


_STATUS_PATH = "protocolSection.statusModule.overallStatus"
_WITHHELD = "WITHHELD"


@dataclass(frozen=True, slots=True)
class ParsedReply:
    """What a reply says.

    Attributes:
        lines: a line a record, in the reply's order; of a trial that comes twice, only the last.
        found: the NCT numbers of the trials that it has a record of, among those that were asked for.
        merged: the trials that are merged into another, with the other's number.
        withheld: the numbers of the records whose overall status is WITHHELD.
        quote_count: how many quotes (see `count_quotes`) its records have when they are written again. A reply that has
            more holds a key twice, of which the parser kept the last.
    """

    lines: tuple[bytes, ...]
    found: frozenset[str]
    merged: Mapping[str, str]
    withheld: frozenset[str]
    quote_count: int


def read_reply(reply: Json, ids: Collection[str], expected: Shape) -> ParsedReply:
    """Read a reply of `/studies` (an object with `studies`) or of `/studies/{nctId}` (one study).

    Args:
        reply: the parsed reply.
        ids: the NCT numbers that were asked for; a study that is none of them and lists none of them as obsolete is
            set aside.
        expected: the shape of a record; one that has another is set aside.

    Raises:
        ValueError: a record is nested so deep that it cannot be written.
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
    documents = [_written(study) for study in studies]
    lines = {
        _number(study) or place: _line_of(study, document, asked, expected)
        for place, (study, document) in enumerate(zip(studies, documents, strict=True))
    }
    envelope = _written({**reply, "studies": None}) if "studies" in reply else b""
    written = count_quotes(envelope) + sum(map(count_quotes, documents))
    withheld = frozenset(number for study in studies if (number := _number(study)) and _is_withheld(study))
    return ParsedReply(tuple(lines.values()), asked.intersection(aliases), merged, withheld, written)


def count_quotes(text: bytes) -> int:
    """How many quotes enclose the strings of a JSON text, but one less for each that ends in a backslash.

    Counting them takes a tenth of the time of parsing, and no key that was lost on the way goes unnoticed.
    """
    return text.count(b'"') - text.count(b'\\"')


def make_record_line(study: Json, asked: Collection[str], expected: Shape) -> bytes:
    """The line of a record; its content hash is the SHA-256 of its JSON with sorted keys, without `versionHolder`.

    Raises:
        ValueError: it is nested so deep that it cannot be written.
    """
    return _line_of(study, _written(study), asked, expected)


def make_unread_line(nct_id: str, reason: str, raw: bytes) -> bytes:
    """The line of a trial whose record could not be read; bytes that are no UTF-8 are spelt out in its text."""
    text = raw.decode(errors="backslashreplace")
    content_hash = sha256(raw or reason.encode()).hexdigest()
    return _line({"nct_id": nct_id, "content_hash": content_hash, "reason": reason, "path": "", "raw": text})


def _written(study: Json) -> bytes:
    try:
        return orjson.dumps(study)
    except orjson.JSONEncodeError as error:
        raise ValueError("nested too deep to be written") from error


def _line_of(study: Json, document: bytes, asked: Collection[str], expected: Shape) -> bytes:
    canonical = orjson.dumps(_without(study, VERSION_HOLDER_PATH.split(".")), option=orjson.OPT_SORT_KEYS)
    nct_id = _number(study)
    line: dict[str, Json] = {"nct_id": nct_id, "content_hash": sha256(canonical).hexdigest()}
    if LOST.encode() in document:
        line["marred_texts"] = [{"path": path, "text": text} for path, text in _marred_texts(study)]
    if nct_id in asked and is_of_shape(study, expected):
        return _with_document(line, document)
    unfit = _unfit(study, nct_id, asked, expected)
    if unfit:
        reason, path = unfit
        return _line({**line, "reason": reason, "path": path, "raw": document.decode()})
    found = Counter(find_unknown_keys(study, expected))
    line["unknown_keys"] = [{"path": path, "occurrences": number} for path, number in sorted(found.items())]
    return _with_document(line, document)


def _unfit(study: Json, nct_id: str | None, asked: Collection[str], expected: Shape) -> tuple[str, str] | None:
    """Why a record cannot be taken, and where in it."""
    if nct_id is None:
        return "the record has no NCT number", NCT_ID_PATH
    if nct_id not in asked:
        return "the record is not one that was asked for", NCT_ID_PATH
    unfit = find_shape_error(study, expected)
    return (unfit[1], unfit[0]) if unfit else None


def _marred_texts(value: Json, path: str = "") -> Iterator[tuple[str, str]]:
    """Each text in which a character was lost, with its path."""
    if isinstance(value, dict):
        for key, member in value.items():
            yield from _marred_texts(member, f"{path}.{key}" if path else key)
    elif isinstance(value, list):
        for element in value:
            yield from _marred_texts(element, path + LIST)
    elif isinstance(value, str) and LOST in value:
        yield path, value


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
