"""A folder that a web server shows, on this machine or on a network share."""

from __future__ import annotations

import shutil
import time
from contextlib import contextmanager, suppress
from datetime import timedelta
from pathlib import Path
from typing import TYPE_CHECKING

from extract.errors import BadSetting
from extract.files import write_aside
from warehouse.disk_errors import is_disk_full
from warehouse.errors import TargetFailed

if TYPE_CHECKING:
    from collections.abc import Iterator

_READ_ONLY = 0o444
"""The permissions that remain of those the umask gives: nobody may write a file whose content never changes."""

_PARTS = (".run-*.part", ".latest.json.*.part", "run-*/.*.part")
"""How the temporary files of `extract.files.write_aside` are named."""

_NAMES = ("run-*.duckdb", "run-*/*")
_STATE_FOLDER = ".aclf"


def open_folder(address: str) -> FolderPlace:
    """Return the folder at a path. A missing one is created by the first publish, but not the folders above it.

    Raises:
        BadSetting: The path is not that of a folder, or a web server would show more than copies there.
    """
    folder = Path.cwd() / address
    if folder.exists() and not folder.is_dir():
        raise BadSetting(f"{folder} is not a folder")
    if not folder.parent.is_dir():
        raise BadSetting(
            f"there is no folder {folder.parent} for the copies in {folder.name}",
            next_step="make that folder, or mount its share, and run the command again",
        )
    if _STATE_FOLDER in folder.resolve().parts or (folder / _STATE_FOLDER).exists():
        raise BadSetting(
            f"{folder} has the private state of a warehouse, which a web server must not show",
            next_step="name a folder of its own for the copies",
        )
    return FolderPlace(folder)


class FolderPlace:
    """A folder with copies. It is a `Place` of `warehouse.targets.web_places`."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder

    @property
    def name(self) -> str:
        """The folder's path."""
        return str(self._folder)

    def read(self, name: str) -> bytes | None:
        """Return the bytes of a small file, or None if there is none of this name."""
        with self._translate_errors(f"{name} in it could not be read"):
            try:
                return (self._folder / name).read_bytes()
            except FileNotFoundError:
                return None

    def fetch(self, name: str, file: Path) -> None:
        """Copy a file from the folder into a new file."""
        with self._translate_errors(f"{name} in it could not be read"):
            shutil.copyfile(self._folder / name, file)

    def write(self, file: Path, name: str) -> None:
        """Put a file in place under a name, whole and on the disk."""
        target = self._folder / name
        with self._translate_errors(f"{name} could not be written there"):
            self._folder.mkdir(exist_ok=True)
            target.parent.mkdir(exist_ok=True)
            with file.open("rb") as source, write_aside(target) as part:
                shutil.copyfileobj(source, part)
                # Only `latest.json` is ever written again.
                if name.startswith("run-"):
                    _make_read_only(Path(part.name))

    def list(self) -> dict[str, timedelta]:
        """Return the names that begin as those of copies do, each with its age."""
        now = time.time()
        with self._translate_errors("it could not be listed"):
            return {
                file.relative_to(self._folder).as_posix(): timedelta(seconds=now - file.stat().st_mtime)
                for file in self._find_files(*_NAMES)
            }

    def delete(self, name: str) -> None:
        """Remove a file, and its folder if nothing else is in it."""
        file = self._folder / name
        with self._translate_errors(f"{name} in it could not be removed"):
            file.unlink(missing_ok=True)
        if file.parent != self._folder:
            with suppress(OSError):
                file.parent.rmdir()

    def clean(self) -> None:
        """Remove the temporary files of killed publishes."""
        with self._translate_errors("a file that a killed publish left there could not be removed"):
            for part in self._find_files(*_PARTS):
                part.unlink(missing_ok=True)

    def _find_files(self, *patterns: str) -> Iterator[Path]:
        """Yield the files of these patterns, but nothing that a link leads to: that is not ours."""
        for pattern in patterns:
            for file in self._folder.glob(pattern):
                is_in_link = file.parent != self._folder and file.parent.is_symlink()
                if file.is_file() and not file.is_symlink() and not is_in_link:
                    yield file

    @contextmanager
    def _translate_errors(self, what: str) -> Iterator[None]:
        """Run the block, and raise an error of the file system as one of the target.

        Raises:
            TargetFailed: The folder cannot be read or written.
        """
        try:
            yield
        except OSError as error:
            is_full = is_disk_full(error)
            next_step = f"free some space in {self.name}, then run `aclf publish`" if is_full else None
            raise TargetFailed(f"{self.name}: {what} ({error.strerror or error})", next_step=next_step) from error


def _make_read_only(file: Path) -> None:
    # Some network shares have no permissions of their own, and refuse.
    with suppress(PermissionError):
        file.chmod(file.stat().st_mode & _READ_ONLY)
