"""Raw replies on disk before anything reads them, so that a killed run goes on where it was."""

from __future__ import annotations

import errno
import hashlib
import shutil
from contextlib import contextmanager
from typing import TYPE_CHECKING, Self

from extract.errors import LandingFailed
from extract.files import write_whole

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence
    from pathlib import Path

    from extract.nct import NctId


MOST_KEPT = 5
"""Replies that ended a run and are kept."""


class Landing:
    """A folder of replies to one question: the same registry, the same night's data, the same condition set.

    Args:
        directory: The folder; made with the first reply.

    Attributes:
        directory: The folder.
    """

    def __init__(self, directory: Path) -> None:
        self.directory = directory

    @classmethod
    def for_run(cls, root: Path, *question: str) -> Self:
        """Give the landing of a question.

        Args:
            root: Where all landings are.
            question: What makes replies interchangeable: the registry's URL, its data timestamp, the
                digest of the condition set.
        """
        return cls(root / _digest(question))

    def batch(self, ids: Sequence[NctId], fetch: Callable[[Sequence[NctId]], bytes]) -> Path:
        """Give the file of a batch, fetching it unless it has landed before.

        Args:
            ids: The studies of the batch; their order does not matter.
            fetch: Asks the registry for them.

        Returns:
            A file that is whole: temporary files of a killed run have other names.

        Raises:
            LandingFailed: The disk is full, or the folder cannot be written to.
        """
        path = self.directory / f"{_digest(sorted(ids))}.json"
        if path.exists():
            return path
        body = fetch(ids)
        with translate_write_errors(path, len(body)):
            self.directory.mkdir(parents=True, exist_ok=True)
            write_whole(path, body)
        return path

    def clear(self) -> None:
        """Remove the folder and all in it, once its replies are loaded."""
        if self.directory.exists():
            shutil.rmtree(self.directory)


@contextmanager
def translate_write_errors(path: Path, size: int) -> Iterator[None]:
    """Within it, what cannot be written ends in an error with a sentence.

    Args:
        path: The file of a reply, or of its lines.
        size: Its bytes.

    Raises:
        LandingFailed: The disk is full, or the folder cannot be written to.
    """
    try:
        yield
    except OSError as error:
        problem = "the disk is full" if error.errno == errno.ENOSPC else error.strerror
        raise LandingFailed(f"a reply of {size:,} bytes could not be written to {path}: {problem}") from error


def keep_reply(folder: Path, name: str, reply: bytes) -> Path:
    """Keep a reply, and of those kept before only so many that `MOST_KEPT` are there in all.

    Args:
        folder: Where they are kept; made with the first.
        name: The file's name; of the files there, the last by name stay.
        reply: The body as it came.

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


def _digest(parts: Sequence[str]) -> str:
    """Give 32 hexadecimal digits that stand for these texts in this order."""
    return hashlib.sha256("\n".join(parts).encode()).hexdigest()[:32]
