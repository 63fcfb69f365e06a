"""Replies that ended a run because nobody could read them, kept for a person to look into."""

from __future__ import annotations

from typing import TYPE_CHECKING

from extract.files import write_whole

if TYPE_CHECKING:
    from pathlib import Path

MOST_KEPT = 5


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
