"""Landings: raw replies on disk, written before any code reads them, so that a killed run continues where it was.

Each reply has its digest beside it. A reply that was altered on disk, or moved, counts as not landed.
"""

from __future__ import annotations

import errno
import hashlib
import shutil
from contextlib import contextmanager
from dataclasses import dataclass
from typing import TYPE_CHECKING, Self

from extract.errors import LandingAltered, LandingFailed
from extract.files import write_whole

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence
    from pathlib import Path

    from extract.nct import NctId


MOST_KEPT = 5
"""How many replies that ended a run are kept."""


@dataclass(frozen=True, slots=True)
class LandedReply:
    """A reply on disk.

    Attributes:
        file: The reply.
        asked: The NCT numbers that its records may have: those requested, and those that they were merged into.
        problem: Why the whole reply is unreadable. Its bytes are then what came for the one number that was asked for.
    """

    file: Path
    asked: tuple[str, ...]
    problem: str | None = None


@dataclass(frozen=True, slots=True)
class UnusableReply:
    """A reply on disk from which no part could be made, and why."""

    reply: LandedReply
    reason: str


class Landing:
    """A folder of replies to one question: the same registry, the same data release, the same condition set.

    Args:
        directory: The folder; the first reply creates it.

    Attributes:
        directory: The folder.
    """

    def __init__(self, directory: Path) -> None:
        self.directory = directory

    @classmethod
    def locate(cls, root: Path, *question: str) -> Self:
        """Return the landing of a question.

        Args:
            root: The folder of all landings.
            question: What makes replies interchangeable: the registry's URL, its data timestamp, the
                digest of the condition set.
        """
        return cls(root / _hash_texts(question))

    def land_batch(self, ids: Sequence[NctId], fetch: Callable[[Sequence[NctId]], bytes]) -> Path:
        """Return the file of a batch, and fetch the batch unless it has landed before and has not been altered since.

        Args:
            ids: The studies of the batch; their order does not matter.
            fetch: Asks the registry for them.

        Returns:
            A complete file. The temporary file of a killed run has another name.

        Raises:
            LandingFailed: The disk is full, or the folder cannot be written to.
        """
        return self.land_answer(sorted(ids), lambda: fetch(ids))

    def land_answer(self, question: Sequence[str], fetch: Callable[[], bytes]) -> Path:
        """Return the file of the answer to a question, and ask unless it has landed and has not been altered since.

        Args:
            question: What the answer depends on, besides the question of this landing.
            fetch: Asks the registry.

        Raises:
            LandingFailed: The disk is full, or the folder cannot be written to.
        """
        path = self.directory / f"{_hash_texts(question)}.json"
        return path if _is_intact(path) else self._land(path, fetch())

    def land(self, name: str, body: bytes) -> Path:
        """Return the file of a reply that is not that of a batch; an earlier one of that name is replaced.

        Raises:
            LandingFailed: The disk is full, or the folder cannot be written to.
        """
        return self._land(self.directory / f"{name}.json", body)

    def _land(self, path: Path, body: bytes) -> Path:
        with translate_write_errors(path, len(body)):
            self.directory.mkdir(parents=True, exist_ok=True)
            # The digest comes first, so that a kill between the two leaves no reply without one.
            write_whole(_get_digest_file(path), _make_digest(path, body).encode())
            write_whole(path, body)
        return path

    def clear(self) -> None:
        """Remove the folder and everything in it; call it once its replies are loaded."""
        if self.directory.exists():
            shutil.rmtree(self.directory)


def _is_intact(path: Path) -> bool:
    """Return whether a reply is on disk with the digest beside it that it landed with."""
    try:
        return _get_digest_file(path).read_bytes() == _make_digest(path, path.read_bytes()).encode()
    except OSError:
        return False


def read_landed(path: Path) -> bytes:
    """Return the bytes of a reply.

    Raises:
        LandingAltered: they are not those that landed.
        OSError: the file cannot be read.
    """
    body = path.read_bytes()
    digest = read_digest(path)
    if digest is not None and digest != _make_digest(path, body):
        raise LandingAltered(f"the reply in {path} is not the one that this run wrote")
    return body


def copy_landed(path: Path, body: bytes, digest: str | None) -> None:
    """Write a copy of a reply that landed on another machine, with the digest that it has there.

    Args:
        path: The file. Its name and its folder's name are those of the reply, because the digest counts them.
        body: The bytes of the reply.
        digest: The digest that lies beside the reply, or None.

    Raises:
        LandingFailed: The disk is full, or the folder cannot be written to.
    """
    with translate_write_errors(path, len(body)):
        path.parent.mkdir(exist_ok=True)
        if digest is not None:
            _get_digest_file(path).write_text(digest)
        path.write_bytes(body)


def read_digest(path: Path) -> str | None:
    """Return the digest that lies beside a reply, or None if there is none."""
    try:
        return _get_digest_file(path).read_text(errors="replace")
    except FileNotFoundError:
        return None


def read_reply_digest(path: Path) -> str:
    """Return the digest that a reply landed with; of a file without one, the digest of its bytes."""
    return read_digest(path) or _make_digest(path, path.read_bytes())


def _get_digest_file(path: Path) -> Path:
    return path.with_suffix(".sha256")


def _make_digest(path: Path, body: bytes) -> str:
    """Return the digest of a reply and of its place, so that a reply under another's name is not taken for it."""
    digest = hashlib.sha256(f"{path.parent.name}/{path.name}\n".encode())
    digest.update(body)
    return digest.hexdigest()


@contextmanager
def translate_write_errors(path: Path, size: int, kind: str = "reply") -> Iterator[None]:
    """Run the block, and turn an OSError of it into an error with a message.

    Args:
        path: The file of a reply, or of what is made from it.
        size: Its bytes.
        kind: What is in the file.

    Raises:
        LandingFailed: The disk is full, or the folder cannot be written to.
    """
    try:
        yield
    except OSError as error:
        problem = "the disk is full" if error.errno == errno.ENOSPC else error.strerror
        raise LandingFailed(f"a {kind} of {size:,} bytes could not be written to {path}: {problem}") from error


def keep_reply(folder: Path, name: str, reply: bytes) -> Path:
    """Keep a reply for a person to look at, and remove older ones until `MOST_KEPT` are left.

    Args:
        folder: The folder of the kept replies; the first reply creates it.
        name: The file's name. The files that come last by name stay.
        reply: The body of the reply.

    Returns:
        The reply's file.

    Raises:
        OSError: The disk is full, or the folder cannot be written to.
    """
    folder.mkdir(parents=True, exist_ok=True)
    write_whole(folder / name, reply)
    for earlier in sorted(folder.iterdir())[:-MOST_KEPT]:
        earlier.unlink()
    return folder / name


def _hash_texts(texts: Sequence[str]) -> str:
    """Return 32 hexadecimal digits that identify these texts in this order."""
    return hashlib.sha256("\n".join(texts).encode()).hexdigest()[:32]
