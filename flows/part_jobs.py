"""Making a part, as a request and a result that one process can hand to another as lines of JSON."""

from __future__ import annotations

import json
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from traceback import format_exc
from typing import TYPE_CHECKING, Any

import duckdb

from extract.errors import AclfError, LandingAltered, LandingFailed, RunFailed
from extract.landing import LandedReply
from flows.errors import InternalError
from transform.parts import make_part
from warehouse.errors import MemoryExhausted, PartUnreadable
from warehouse.part_files import open_part, write_part

if TYPE_CHECKING:
    from transform.parts import Part

_KNOWN_ERRORS: dict[str, type[RunFailed]] = {
    error.__name__: error for error in (LandingFailed, LandingAltered, MemoryExhausted)
}
"""The errors with a sentence that making a part can raise; any other is a fault of this program."""


@dataclass(frozen=True, slots=True)
class PartRequest:
    """A part to make.

    Attributes:
        replies: the replies to make it from.
        file: the file to write it to.
        known: the content hashes of records that need no rows, because the archive has them.
    """

    replies: tuple[LandedReply, ...]
    file: Path
    known: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class PartResult:
    """A part that was made.

    Attributes:
        file: its file.
        record_count: its records, quarantined ones included.
        unusable: the file name of each reply that could not be used, and the reason.
    """

    file: Path
    record_count: int
    unusable: tuple[tuple[str, str], ...]


def make_part_file(request: PartRequest) -> PartResult:
    """Make a part and write it, unless it is there and sound.

    Raises:
        LandingFailed: the disk is full, or the folder cannot be written to.
        LandingAltered: a file is not the reply that landed.
        MemoryExhausted: the part needs more memory than there is.
    """
    found = find_part(request)
    if found:
        return found
    part = _make_in_memory(request)
    write_part(request.file, part)
    return PartResult(request.file, len(part.tables["records"]), part.unusable)


def find_part(request: PartRequest) -> PartResult | None:
    """Return a part that is there and sound, because a run that was killed has made it; else None."""
    with suppress(PartUnreadable):
        part_file = open_part(request.file)
        return PartResult(request.file, part_file.record_count, part_file.unusable)
    return None


def _make_in_memory(request: PartRequest) -> Part:
    try:
        return make_part(request.replies, frozenset(request.known))
    except (MemoryError, duckdb.OutOfMemoryException) as error:
        reason = str(error).partition("\n")[0] or "the machine has none left"
        raise MemoryExhausted(f"the rows need more memory than there is ({reason})") from error


def write_request(request: PartRequest) -> bytes:
    """Return a request as a line of JSON."""
    replies = [[str(reply.file), reply.asked, reply.problem] for reply in request.replies]
    return _dump_line({"replies": replies, "file": str(request.file), "known": request.known})


def answer_request(line: bytes) -> bytes:
    """Make the part of a request that came as a line, and return the result, or the error, as a line of JSON."""
    try:
        fields = json.loads(line)
        replies = tuple(LandedReply(Path(file), tuple(asked), problem) for file, asked, problem in fields["replies"])
        result = make_part_file(PartRequest(replies, Path(fields["file"]), tuple(fields["known"])))
    except Exception as error:  # noqa: BLE001 - the process that asked receives every error
        text = error.happened if isinstance(error, AclfError) else str(error)
        return _dump_line({"error": type(error).__name__, "text": text, "traceback": format_exc()})
    return _dump_line({"record_count": result.record_count, "unusable": result.unusable})


def read_answer(line: bytes, request: PartRequest) -> PartResult:
    """Return the result that came as a line, or raise the error that came instead.

    Raises:
        LandingFailed: the disk is full, or the folder cannot be written to.
        LandingAltered: a file is not the reply that landed.
        MemoryExhausted: the part needs more memory than there is.
        InternalError: a fault of this program; its traceback is in the error's notes.
    """
    answer = json.loads(line)
    if "error" not in answer:
        unusable = tuple((name, reason) for name, reason in answer["unusable"])
        return PartResult(request.file, answer["record_count"], unusable)
    name, text = answer["error"], answer["text"]
    if name in _KNOWN_ERRORS:
        raise _KNOWN_ERRORS[name](text)
    fault = InternalError(f"a part could not be made because of a fault of this program ({name}: {text})")
    fault.add_note(answer["traceback"])
    raise fault


def _dump_line(fields: dict[str, Any]) -> bytes:
    return json.dumps(fields).encode() + b"\n"
