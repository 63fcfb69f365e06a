"""Write fifty condition sets over the made studies: one for each condition, and then for pairs of conditions."""

from __future__ import annotations

from itertools import combinations, islice
from typing import TYPE_CHECKING

from tests.benchmarks.made.words import read_given

if TYPE_CHECKING:
    from pathlib import Path

COUNT = 50


def write_sets(folder: Path) -> list[Path]:
    """Write the files of the sets into a folder, and return them. Most studies are in several of the sets."""
    names = read_given()["slots"]["condition"]
    searches = [(name,) for name in names] + list(combinations(names, 2))
    files = []
    for number, words in enumerate(islice(searches, COUNT), 1):
        file = folder / f"set-{number:02}.toml"
        search = " OR ".join(f'"{word}"' for word in words)
        file.write_text(f"name = 'set_{number:02}'\ntitle = 'Set {number}'\nsearch = '{search}'\n")
        files.append(file)
    return files
