"""The password of our own Prefect server: in a file that only its owner can read, beside the warehouse."""

from __future__ import annotations

import os
import secrets
import stat
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from pathlib import Path

_USER = "aclf"
_PRIVATE = 0o600


def make_password() -> str:
    """Return a new password, as `user:password`, which is the form that Prefect requires."""
    return f"{_USER}:{secrets.token_urlsafe(32)}"


def keep_password(file: Path) -> str:
    """Return the password in a file; make both if there is no such file that only its owner can read.

    It is kept from one start to the next, so that a browser stays logged in.
    """
    password = _read_private_file(file)
    if password:
        return password
    password = make_password()
    # A new file beside it, and a rename: a link in its place is replaced and not followed.
    new = file.with_name(f"{file.name}.new")
    new.unlink(missing_ok=True)
    descriptor = os.open(new, os.O_WRONLY | os.O_CREAT | os.O_EXCL, _PRIVATE)
    with os.fdopen(descriptor, "w") as output:
        output.write(f"{password}\n")
    new.replace(file)
    return password


def _read_private_file(file: Path) -> str:
    """Return the text of a file of this user that nobody else can read or write; else an empty text."""
    try:
        state = file.lstat()
    except FileNotFoundError:
        return ""
    own = not hasattr(os, "getuid") or state.st_uid == os.getuid()
    # Windows has no such bits; there the folder's permissions count.
    private = os.name == "nt" or stat.S_IMODE(state.st_mode) & 0o077 == 0
    if not (stat.S_ISREG(state.st_mode) and own and private):
        return ""
    text = file.read_text().strip()
    return text if ":" in text else ""
