"""Study records from the registry's replies: what each of them is, before it becomes rows.

A usable record has its document, the unknown keys that it has, and its texts that have lost a character. A quarantined
record has a reason, the path of the cause, and its text instead.
"""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass
from hashlib import sha256
from typing import TYPE_CHECKING

import orjson

from extract.errors import BadNctNumber
from extract.nct import NctId
from transform.catalog.files import NCT_ID_PATH
from transform.paths import LIST, split_path
from transform.shape import find_shape_error, find_unknown_keys, has_shape

if TYPE_CHECKING:
    from collections.abc import Collection, Iterator, Mapping

    from transform.paths import Steps
    from transform.shape import Json, Shape

VERSION_HOLDER_PATH = "derivedSection.miscInfoModule.versionHolder"
"""The night's date, the same in every record of one data release of the registry. It is not a trial's content."""

REPLACEMENT_CHARACTER = "\ufffd"
"""The character that replaces a lost one: half of a surrogate pair in the JSON, or bytes that were misread before."""

_ALIASES_PATH = "protocolSection.identificationModule.nctIdAliases"
_STATUS_PATH = "protocolSection.statusModule.overallStatus"
_WITHHELD = "WITHHELD"


@dataclass(frozen=True, slots=True)
class FoundTrials:
    """Which of the requested trials a reply has.

    Attributes:
        found: the requested NCT numbers that the reply has a record of, and those that a requested one was merged into.
        merged: the requested NCT numbers that were merged into another trial, each with that trial's number.
        withheld: the NCT numbers of the records whose overall status is WITHHELD.
    """

    found: frozenset[str]
    merged: Mapping[str, str]
    withheld: frozenset[str]


@dataclass(frozen=True, slots=True)
class Record:
    """A record of a reply.

    Attributes:
        nct_id: its NCT number; None if it has none.
        content_hash: the SHA-256 (hex) of its JSON with sorted keys, without `versionHolder`.
        document: its JSON; None for a quarantined record.
        reason: why it is quarantined; None for a usable one.
        path: the path of the cause.
        raw: the text of a quarantined record.
        unknown_keys: the number of occurrences of each path that the catalog does not know.
        damaged_texts: the path and the text of each text that has lost a character.
    """

    nct_id: str | None
    content_hash: str
    document: bytes | None = None
    reason: str | None = None
    path: str | None = None
    raw: str | None = None
    unknown_keys: tuple[tuple[str, int], ...] = ()
    damaged_texts: tuple[tuple[str, str], ...] = ()


def find_trials(reply: Json, ids: Collection[str]) -> FoundTrials:
    """Find which of the requested trials a parsed reply has.

    Args:
        reply: a reply of `/studies` (an object with `studies`) or of `/studies/{nctId}` (one study).
        ids: the requested NCT numbers.
    """
    studies = list_studies(reply)
    numbers = [_get_nct_id(study) for study in studies]
    aliases = {number: _get_aliases(study) for number, study in zip(numbers, studies, strict=True) if number}
    merged = _map_merged_numbers(aliases, ids)
    accepted = frozenset([*ids, *merged.values()])
    withheld = {number for number, study in zip(numbers, studies, strict=True) if number and _is_withheld(study)}
    return FoundTrials(accepted.intersection(aliases), merged, frozenset(withheld))


def list_studies(reply: Json) -> list[Json]:
    """Return the studies of a parsed reply; see `find_trials`."""
    studies: list[Json] = reply.get("studies", [reply])
    return studies


def read_record(study: Json, document: bytes, accepted: Collection[str], expected: Shape) -> Record:
    """Read one parsed record.

    Args:
        study: the record.
        document: its JSON, as `dump_record` writes it.
        accepted: the NCT numbers that it may have; with another one it is quarantined.
        expected: the shape that it must have; with another one it is quarantined.
    """
    without_version_holder = _remove_value(study, split_path(VERSION_HOLDER_PATH))
    canonical = orjson.dumps(without_version_holder, option=orjson.OPT_SORT_KEYS)
    content_hash = sha256(canonical).hexdigest()
    nct_id = _get_nct_id(study)

    # Searching the bytes is much quicker than visiting every text, and nearly no record has the character. Few have its
    # first byte, and a single byte is found ten times as fast.
    character = REPLACEMENT_CHARACTER.encode()
    is_damaged = character[0] in document and character in document
    damaged_texts = tuple(_find_damaged_texts(study)) if is_damaged else ()

    # Nearly all records end here; only the others are examined closely.
    if nct_id in accepted and has_shape(study, expected):
        return Record(nct_id, content_hash, document, damaged_texts=damaged_texts)

    problem = _find_quarantine_reason(study, nct_id, accepted, expected)
    if problem:
        reason, path = problem
        return Record(nct_id, content_hash, reason=reason, path=path, raw=document.decode())
    occurrences = Counter(find_unknown_keys(study, expected))
    return Record(
        nct_id,
        content_hash,
        document,
        unknown_keys=tuple(sorted(occurrences.items())),
        damaged_texts=damaged_texts,
    )


def dump_record(study: Json) -> bytes:
    """Return a record as JSON.

    Raises:
        ValueError: it is nested too deep.
    """
    try:
        return orjson.dumps(study)
    except orjson.JSONEncodeError as error:
        raise ValueError("nested too deep to be written") from error


def make_unreadable_record(nct_id: str, reason: str, raw: bytes) -> Record:
    """Make the record of a trial whose reply is unreadable. Bytes that are not UTF-8 become escapes in its text."""
    return Record(
        nct_id=nct_id,
        content_hash=sha256(raw or reason.encode()).hexdigest(),
        reason=reason,
        path="",
        raw=raw.decode(errors="backslashreplace"),
    )


def _map_merged_numbers(aliases: Mapping[str, list[str]], ids: Collection[str]) -> dict[str, str]:
    """Return the requested NCT numbers that were merged into another trial, each with that trial's number.

    Args:
        aliases: the obsolete NCT numbers that each study of the reply lists, by the study's own number.
        ids: the requested NCT numbers.
    """
    merged = {}
    for current, obsolete_numbers in aliases.items():
        for obsolete in obsolete_numbers:
            # A number that the reply serves as a study of its own is not merged, even if another study lists it.
            if obsolete in ids and obsolete not in aliases:
                merged[obsolete] = current
    return merged


def _find_quarantine_reason(
    study: Json, nct_id: str | None, accepted: Collection[str], expected: Shape
) -> tuple[str, str] | None:
    """Return why a record must be quarantined, and the path of the cause; None if it can be loaded."""
    if nct_id is None:
        return "the record has no NCT number", NCT_ID_PATH
    if nct_id not in accepted:
        return "the record is not one that was asked for", NCT_ID_PATH
    error = find_shape_error(study, expected)
    if error is None:
        return None
    path, reason = error
    return reason, path


def _find_damaged_texts(value: Json, path: str = "") -> Iterator[tuple[str, str]]:
    """Yield the path and the text of each text that contains a replacement character."""
    if isinstance(value, dict):
        for key, member in value.items():
            yield from _find_damaged_texts(member, f"{path}.{key}" if path else key)
    elif isinstance(value, list):
        for element in value:
            yield from _find_damaged_texts(element, path + LIST)
    elif isinstance(value, str) and REPLACEMENT_CHARACTER in value:
        yield path, value


def _get_nct_id(study: Json) -> str | None:
    """Return the NCT number of a record; None if it has none, or if the value is not an NCT number."""
    number = _get_value(study, split_path(NCT_ID_PATH))
    if not isinstance(number, str):
        return None
    try:
        return NctId(number)
    except BadNctNumber:
        return None


def _get_aliases(study: Json) -> list[str]:
    aliases = _get_value(study, split_path(_ALIASES_PATH))
    # What is not a list of texts counts as no alias here. A wrong shape quarantines the record later.
    return [alias for alias in aliases if isinstance(alias, str)] if isinstance(aliases, list) else []


def _is_withheld(study: Json) -> bool:
    return bool(_get_value(study, split_path(_STATUS_PATH)) == _WITHHELD)


def _get_value(value: Json, steps: Steps) -> Json:
    """Return the value at the end of the steps; None if there is none."""
    for step in steps:
        value = value.get(step) if isinstance(value, dict) else None
    return value


def _remove_value(value: Json, steps: Steps) -> Json:
    """Return the value without the member at the end of the steps. The original stays as it is."""
    first, *others = steps
    if not isinstance(value, dict) or first not in value:
        return value
    if others:
        return {**value, first: _remove_value(value[first], tuple(others))}
    return {key: member for key, member in value.items() if key != first}
