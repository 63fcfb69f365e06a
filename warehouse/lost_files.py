"""Say what is lost when a link leads nowhere, or when published files have no link and no store."""

from __future__ import annotations

import os
from shlex import quote
from typing import TYPE_CHECKING

from warehouse.errors import NoWarehouse
from warehouse.published_files import list_published_files
from warehouse.soundness import find_fault

if TYPE_CHECKING:
    from pathlib import Path

    from warehouse.paths import Paths


def refuse_lost_files(paths: Paths) -> None:
    """Refuse to begin with nothing where a warehouse was before: its link or its store is lost.

    Call it where neither the store nor the warehouse is there.

    Raises:
        NoWarehouse: A link leads nowhere, or there are published files.
    """
    lost = describe_lost_link(paths.warehouse)
    if lost is None and list_published_files(paths):
        lost = f"there are published files in {paths.published}, but no {paths.warehouse} and no store"
    if lost is not None:
        raise NoWarehouse(lost, next_step=f"{choose_way_back(paths)}, then run the command again")


def describe_lost_link(warehouse: Path) -> str | None:
    """Return that the warehouse is a link to a file that is not there, or None."""
    if warehouse.exists() or not warehouse.is_symlink():
        return None
    return f"the link {warehouse} leads to {warehouse.readlink()}, which is not there"


def choose_way_back(paths: Paths) -> str:
    """Return how to go back to the newest sound file, or how to begin with nothing if no file is sound."""
    current = os.path.realpath(paths.warehouse)
    for file in list_published_files(paths):
        if str(file) != current and find_fault(file) is None:
            target = os.path.relpath(file, paths.warehouse.parent)
            command = f"ln -sfn {quote(target)} {quote(str(paths.warehouse))}"
            return f"go back to {file.relative_to(paths.published)}, the newest sound file, with `{command}`"
    return f"no published file is sound, so move {paths.warehouse} and {paths.state} away to fetch everything again"
