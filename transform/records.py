"""Study records out of the registry's replies: each with its content hash, or set aside with the reason."""

from __future__ import annotations

import json
from dataclasses import dataclass
from hashlib import sha256
from typing import TYPE_CHECKING, Any

import orjson

from transform.catalog import NCT_ID_PATH
from transform.misfit import misfit

if TYPE_CHECKING:
    from collections.abc import Container, Iterator

    from transform.misfit import Layout

Json = Any
"""What a JSON document can be in Python."""

ALIASES_PATH = "protocolSection.identificationModule.nctIdAliases"
VERSION_HOLDER_PATH = "derivedSection.miscInfoModule.versionHolder"
"""The night's date, the same in every record of the registry's data release: no part of a trial's content."""


@dataclass(frozen=True, slots=True)
class Record:
    """One study as the registry sent it.

    `document` is its JSON, `content_hash` the SHA-256 of the same with sorted keys and without `versionHolder`.
    """

    nct_id: str
    content_hash: str
    document: bytes


@dataclass(frozen=True, slots=True)
class Rejected:
    """One study set aside: why, at which path, and its bytes. `nct_id` is None where it has none."""

    nct_id: str | None
    reason: str
    path: str
    raw: bytes
    content_hash: str


def read_records(body: bytes, asked: Container[str], layout: Layout) -> Iterator[Record | Rejected]:
    """The studies of a reply.

    Args:
        body: a reply of `/studies` (an object with `studies`) or of `/studies/{nctId}` (one study).
        asked: the NCT numbers that the reply may hold; a study with another is set aside.
        layout: where a study has objects and lists; one that has something else there is set aside.

    Raises:
        json.JSONDecodeError: the body is not JSON. The client has checked that before it landed.
    """
    for study in _studies(body):
        yield _read(study, asked, layout)


def studies_in(body: bytes) -> dict[str, list[str]]:
    """The obsolete NCT numbers (`nctIdAliases`) of each study in a reply, by its NCT number, in its order.

    A study without an NCT number is passed over.
    """
    studies = [(_at(study, NCT_ID_PATH.split(".")), study) for study in _studies(body)]
    return {number: _aliases(study) for number, study in studies if isinstance(number, str)}


def _aliases(study: Json) -> list[str]:
    aliases = _at(study, ALIASES_PATH.split("."))
    return aliases if isinstance(aliases, list) else []  # what is no list is set aside with its record later


def _studies(body: bytes) -> list[Json]:
    try:
        reply: dict[str, Json] = orjson.loads(body)
    except orjson.JSONDecodeError:
        # The client has let it through: it is JSON, but for half a character (a lone surrogate) in some text.
        reply = json.loads(body)
    studies: list[Json] = reply.get("studies", [reply])
    return studies


def _read(study: Json, asked: Container[str], layout: Layout) -> Record | Rejected:
    try:
        document = orjson.dumps(study)
    except TypeError:
        return _unwritable(study)
    canonical = orjson.dumps(_without(study, VERSION_HOLDER_PATH.split(".")), option=orjson.OPT_SORT_KEYS)
    content_hash = sha256(canonical).hexdigest()
    nct_id = _at(study, NCT_ID_PATH.split("."))
    if not isinstance(nct_id, str):
        return Rejected(None, "the record has no NCT number", NCT_ID_PATH, document, content_hash)
    if nct_id not in asked:
        return Rejected(nct_id, "the record is not one that was asked for", NCT_ID_PATH, document, content_hash)
    unfit = misfit(study, layout)
    if unfit:
        path, reason = unfit
        return Rejected(nct_id, reason, path, document, content_hash)
    return Record(nct_id, content_hash, document)


def _unwritable(study: Json) -> Rejected:
    """A record with half a character in it, which no text can hold; its escapes stand in the raw bytes."""
    raw = json.dumps(study).encode()
    nct_id = _at(study, NCT_ID_PATH.split("."))
    reason = "the record holds half a character (a lone surrogate)"
    return Rejected(nct_id if isinstance(nct_id, str) else None, reason, "", raw, sha256(raw).hexdigest())


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
