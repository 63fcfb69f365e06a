"""`aclf export`: say what was written."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from flows.cli.terminal import print_json, print_lines
from warehouse.reading.export import MANIFEST
from warehouse.reading.values import count_things

if TYPE_CHECKING:
    from pathlib import Path


def print_export(manifest: dict[str, Any], folder: Path, *, as_json: bool) -> None:
    """Print what an export wrote, what it left out and what it cut.

    Args:
        manifest: what `export_tables` returned.
        folder: the folder that it wrote into.
        as_json: whether the manifest itself is printed.
    """
    if as_json:
        print_json(manifest)
        return
    tables = manifest["tables"]
    files = sorted({table["file"] for table in tables})
    where = f"{folder / files[0]}" if manifest["format"] == "xlsx" and files else f"{folder}"
    named = count_things(len(tables), "table")
    counted = count_things(sum(table["rows"] for table in tables), "row")
    verb, them = ("is", "it") if len(tables) == 1 else ("are", "them")
    message = f"{named} with {counted}, of run {manifest['run_id']}, {verb} in {where}; {MANIFEST} lists {them}."
    left_out = [f"{name} is left out. {reason}" for name, reason in manifest["left_out"].items()]
    print_lines([message, *left_out, *(f"{name}: {note}" for name, note in manifest.get("cut", {}).items())])
