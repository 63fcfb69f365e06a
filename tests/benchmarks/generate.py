"""Write made studies, one per line, in the form of API v2 (`python -m tests.benchmarks.generate N FILE.ndjson`).

No study is real: sentences, people, places and organisations are invented (see `made/words.toml`).
"""

from __future__ import annotations

import argparse
import random
from datetime import date
from itertools import islice
from pathlib import Path

import orjson

from tests.benchmarks.made.changes import change_study
from tests.benchmarks.made.study import make_studies

SEED = 65290
"""The last digits of the MeSH descriptor of acute-on-chronic liver failure."""

_CHANGED_EVERY = 100
_CHANGED_LAST = 1
"""The index of the one study that changes on the night after."""

_NEXT_NIGHT = date(2026, 10, 1)


def write_studies(count: int, file: Path, seed: int = SEED) -> None:
    """Write this number of studies; a smaller number writes the first ones of a larger number.

    Args:
        count: the number of studies.
        file: the NDJSON file; it is written completely or not at all.
        seed: another seed gives other studies.
    """
    part = file.with_name(file.name + ".part")
    with part.open("wb", buffering=1 << 20) as lines:
        lines.writelines(
            orjson.dumps(study, option=orjson.OPT_APPEND_NEWLINE) for study in islice(make_studies(seed), count)
        )
    part.replace(file)


def write_changed_studies(studies: Path, file: Path, *, only_one: bool = False) -> None:
    """Write the studies of a file again, as they are on the next night.

    Args:
        studies: the studies of the night before.
        file: the NDJSON file; it is written completely or not at all.
        only_one: change one study; otherwise every hundredth.
    """
    chance = random.Random(SEED)
    part = file.with_name(file.name + ".part")
    with studies.open("rb") as lines, part.open("wb", buffering=1 << 20) as changed_lines:
        for number, line in enumerate(lines):
            if (number != _CHANGED_LAST) if only_one else (number % _CHANGED_EVERY):
                changed_lines.write(line)
                continue
            study = orjson.loads(line)
            change_study(study, _NEXT_NIGHT, chance)
            changed_lines.write(orjson.dumps(study, option=orjson.OPT_APPEND_NEWLINE))
    part.replace(file)


def main() -> None:
    """Read the command line and write the file."""
    parser = argparse.ArgumentParser(prog="python -m tests.benchmarks.generate", description=__doc__)
    parser.add_argument("count", type=int, metavar="N", help="how many studies")
    parser.add_argument("file", type=Path, metavar="FILE.ndjson")
    parser.add_argument("--seed", type=int, default=SEED, help="another seed gives other studies")
    options = parser.parse_args()
    write_studies(options.count, options.file, options.seed)


if __name__ == "__main__":
    main()
