"""Prefect's home: the folder of its settings, its database and its pages. Where none is configured, one of our own."""

from __future__ import annotations

import os
import re
import tempfile
import tomllib
from importlib.util import find_spec
from pathlib import Path
from typing import TYPE_CHECKING

from extract.errors import BadSetting
from flows.errors import PrefectUnusable
from flows.orchestration.environment import get_prefect_home, has_prefect_profiles, set_prefect_defaults

if TYPE_CHECKING:
    from warehouse.paths import Paths

_SETTING = re.compile(r"^\s*(?:export\s+)?(PREFECT_\w+)\s*=", re.IGNORECASE | re.MULTILINE)


def prepare_prefect(paths: Paths) -> None:
    """Set the environment of this process so that Prefect works here, before Prefect is imported.

    Args:
        paths: the warehouse's; Prefect's home is in its private state if none is configured.

    Raises:
        BadSetting: a file of the working folder would change Prefect's settings.
        PrefectUnusable: Prefect's home cannot be written to.
    """
    set_prefect_defaults()
    refuse_settings_of(Path.cwd())
    if not os.environ.get("PREFECT_HOME") and not has_prefect_profiles():
        os.environ["PREFECT_HOME"] = str(paths.state / "prefect")
    home = get_prefect_home()
    _refuse_unwritable(home)
    if not _can_build_pages():
        os.environ.setdefault("PREFECT_SERVER_UI_STATIC_DIRECTORY", str(home / "pages"))


def refuse_settings_of(folder: Path) -> None:
    """Refuse a folder whose files change Prefect's settings: in silence they could send a run elsewhere.

    Prefect reads `.env`, `prefect.toml` and `pyproject.toml` of the working folder. What the environment sets as well
    is not changed by them.

    Raises:
        BadSetting: one of these files sets something of Prefect's.
    """
    names = _read_env_names(folder / ".env")
    unset = sorted(names - {name.upper() for name in os.environ})
    if unset:
        _refuse(folder / ".env", unset[0])
    for file, table in ((folder / "prefect.toml", ()), (folder / "pyproject.toml", ("tool", "prefect"))):
        if _has_table(file, table):
            _refuse(file, "settings of Prefect")


def _read_env_names(file: Path) -> set[str]:
    try:
        return {name.upper() for name in _SETTING.findall(file.read_text(errors="replace"))}
    except OSError:
        return set()


def _has_table(file: Path, names: tuple[str, ...]) -> bool:
    try:
        document = tomllib.loads(file.read_text(errors="replace"))
    except OSError:
        return False
    except tomllib.TOMLDecodeError:
        # Prefect cannot read it either, and ends with an error about it.
        return True
    for name in names:
        document = document.get(name, {})
    return bool(document)


def _refuse(file: Path, what: str) -> None:
    raise BadSetting(
        f"{file} sets {what}, and Prefect would obey it",
        next_step="set it in the environment if you mean it, work in another folder, or run the command with --direct",
    )


def _refuse_unwritable(home: Path) -> None:
    """Make Prefect's home, for this user alone, and refuse one that nothing can be written to.

    Raises:
        PrefectUnusable: the folder cannot be made, or not be written to.
    """
    try:
        home.mkdir(mode=0o700, parents=True, exist_ok=True)
        with tempfile.TemporaryFile(dir=home) as file:
            file.write(b"x")
    except OSError as error:
        raise PrefectUnusable(
            f"Prefect's home {home} cannot be written to ({error.strerror or error})",
            next_step="set PREFECT_HOME to a folder that can be written to, or run the command with --direct",
        ) from error


def _can_build_pages() -> bool:
    """Return whether Prefect's server can write its pages where it does by default: beside its code."""
    package = find_spec("prefect")
    folder = Path(package.origin).parent / "server" if package and package.origin else None
    return folder is not None and os.access(folder, os.W_OK)
