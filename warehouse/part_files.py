"""Parts on disk: the tables of one part in one file, which processes hand on to each other.

A part file holds an Arrow IPC stream for each table, one after the other; then a footer in JSON (where each stream
is, how many records the part has, which replies could not be used) and its length; and last the SHA-256 of the file's
name and of all bytes before, and a magic word. A file that was cut, altered or renamed is not a part.
"""

from __future__ import annotations

import json
from dataclasses import dataclass
from hashlib import sha256
from importlib.metadata import version
from os import SEEK_END
from struct import Struct
from typing import TYPE_CHECKING, Any, BinaryIO

import pyarrow as pa

from extract.files import write_aside
from extract.landing import read_reply_digest, translate_write_errors
from warehouse.errors import PartUnreadable

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from pathlib import Path

    from extract.landing import LandedReply
    from transform.parts import Part

_FOOTER_LENGTH = Struct("<Q")
_END = Struct("<32s8s")
"""The end of a part file: the digest and the magic word."""

_MAGIC = b"ACLFPT01"
"""The number is the version of the format."""

_BYTES_PER_READ = 1 << 20


@dataclass(frozen=True, slots=True)
class PartFile:
    """A sound part on disk.

    Attributes:
        file: its path.
        record_count: its records, quarantined ones included.
        unusable: the file name of each reply that could not be used, and the reason.
        streams: where each table is: the position and the length of its stream.
    """

    file: Path
    record_count: int
    unusable: tuple[tuple[str, str], ...]
    streams: Mapping[str, tuple[int, int]]

    def read(self, name: str) -> pa.Table | None:
        """Return a table of the part, or None if the part has no such table.

        The table's memory is the mapped file, so it costs nothing to read; it stays valid if the file is removed.
        """
        if name not in self.streams:
            return None
        position, length = self.streams[name]
        with pa.memory_map(str(self.file)) as mapped:
            mapped.seek(position)
            return pa.ipc.open_stream(mapped.read_buffer(length)).read_all()


def name_part(replies: Sequence[LandedReply], known: Sequence[str], derived_digest: str) -> str:
    """Return the file name of the part of these replies: other replies, or another way to make rows, give another name.

    Args:
        replies: the replies, in the order in which the part is made from them.
        known: the content hashes of which no rows are made.
        derived_digest: the digest of the catalog and the code lists, as `compute_derived_digest` gives it.
    """
    inputs = [[read_reply_digest(reply.file), sorted(reply.asked), reply.problem] for reply in replies]
    makers = [version("aclf-trials"), derived_digest]
    return sha256(json.dumps([makers, inputs, sorted(known)]).encode()).hexdigest()[:32] + ".arrow"


def write_part(file: Path, part: Part) -> None:
    """Write a part so that a reader sees all of it or none.

    Args:
        file: the file; its folder is made, in a folder that exists.
        part: the part.

    Raises:
        LandingFailed: the disk is full, or the folder cannot be written to.
    """
    with translate_write_errors(file, sum(table.nbytes for table in part.tables.values()), "part"):
        file.parent.mkdir(exist_ok=True)
        # A part that a power failure spoils does not have its digest, and is made again.
        with write_aside(file, is_flushed=False) as output:
            streams = {name: _write_stream(output, table) for name, table in part.tables.items()}
            records = part.tables.get("records")
            footer = {"record_count": len(records or ()), "unusable": part.unusable, "streams": streams}
            footer_length = output.write(json.dumps(footer).encode())
            length = output.tell() + output.write(_FOOTER_LENGTH.pack(footer_length))
            output.write(_END.pack(_make_digest(file, output, length), _MAGIC))


def write_made_part(file: Path, data: bytes) -> None:
    """Write a part that another machine has made under this name, as `write_part` does.

    Args:
        file: the file; its folder is made, in a folder that exists.
        data: all bytes of the part's file there, its digest included.

    Raises:
        LandingFailed: the disk is full, or the folder cannot be written to.
    """
    with translate_write_errors(file, len(data), "part"):
        file.parent.mkdir(exist_ok=True)
        with write_aside(file, is_flushed=False) as output:
            output.write(data)


def open_part(file: Path) -> PartFile:
    """Open a part, and compare all of its bytes with the digest that it was written with.

    Raises:
        PartUnreadable: the file is gone, cannot be read, or is not a part as it was written under this name.
    """
    try:
        with file.open("rb") as opened:
            footer = _read_footer(file, opened)
    except OSError as error:
        raise PartUnreadable(f"the part {file} cannot be read: {error.strerror}") from error
    if footer is None:
        raise PartUnreadable(f"the part {file} was cut or altered")
    return PartFile(
        file,
        footer["record_count"],
        tuple((name, reason) for name, reason in footer["unusable"]),
        {name: (position, length) for name, (position, length) in footer["streams"].items()},
    )


def _write_stream(output: BinaryIO, table: pa.Table) -> tuple[int, int]:
    """Write a table as an Arrow IPC stream, and return its position and its length."""
    position = output.tell()
    with pa.ipc.new_stream(output, table.schema) as stream:
        stream.write_table(table)
    return position, output.tell() - position


def _read_footer(file: Path, opened: BinaryIO) -> dict[str, Any] | None:
    """Return the footer of a part file; None if the file is not as it was written under this name."""
    length = opened.seek(0, SEEK_END) - _END.size
    footer_end = length - _FOOTER_LENGTH.size
    if footer_end < 0:
        return None
    opened.seek(length)
    digest, magic = _END.unpack(opened.read(_END.size))
    # The magic word is compared first, because the digest takes a read of the whole file.
    if magic != _MAGIC or digest != _make_digest(file, opened, length):
        return None
    opened.seek(footer_end)
    (footer_length,) = _FOOTER_LENGTH.unpack(opened.read(_FOOTER_LENGTH.size))
    opened.seek(footer_end - footer_length)
    footer: dict[str, Any] = json.loads(opened.read(footer_length))
    return footer


def _make_digest(file: Path, opened: BinaryIO, length: int) -> bytes:
    """Return the SHA-256 of a file's name and of its first bytes, and leave the file at the end of these bytes.

    The bytes are read, not mapped, so that a part does not count to the memory of the process that looks at it.
    """
    digest = sha256(f"{file.name}\n".encode())
    opened.seek(0)
    while block := opened.read(min(length, _BYTES_PER_READ)):
        digest.update(block)
        length -= len(block)
    return digest.digest()
