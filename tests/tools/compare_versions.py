"""Run two versions of the product through the same nights, and compare their warehouses after each night.

    python -m tests.tools.compare_versions --old …/.venv/bin/aclf --new …/.venv/bin/aclf STUDIES.ndjson

`nights.py` makes the nights from the studies. Both versions run the same commands, in turn, against one registry on
loopback. Settings of the environment count for both. The exit code is 1 if the warehouses differ anywhere, or if a
command ends with another exit code than the same command of the other version.
"""

from __future__ import annotations

import argparse
import gzip
import resource
import subprocess
import sys
import tempfile
from pathlib import Path

from extract.sample.server import RegistryServer
from tests.tools.compare_warehouses import find_differences
from tests.tools.nights import CONDITION_SET, make_nights

_WAREHOUSE = "aclf.duckdb"


def main() -> None:
    """Run every night with both versions and print the differences."""
    options = _parser().parse_args()
    with gzip.open(options.studies) if options.studies.suffix == ".gz" else options.studies.open("rb") as lines:
        nights = make_nights(line for line, _ in zip(lines, range(options.limit), strict=False))
    folder = options.folder or Path(tempfile.mkdtemp(prefix="aclf-versions-"))
    for name in ("old", "new"):
        (folder / name).mkdir(parents=True)
    (folder / "nights.toml").write_text(CONDITION_SET)
    has_differences = False
    with RegistryServer(nights[0].make_contents(0)) as server:
        for number, night in enumerate(nights):
            # A night that has nothing new is the same release as the night before.
            if number and night.studies is not nights[number - 1].studies:
                server.contents = night.make_contents(number)
            sys.stdout.write(f"{night.title}: aclf {' '.join(night.command)}\n")
            ends = [
                _run(aclf, night.command, folder / name, server.url)
                for name, aclf in (("old", options.old), ("new", options.new))
            ]
            differences = find_differences(folder / "old" / _WAREHOUSE, folder / "new" / _WAREHOUSE)
            if ends[0] != ends[1]:
                differences.insert(0, f"the old version ended with {ends[0]}, the new with {ends[1]}")
            sys.stdout.write("".join(f"  DIFFERENT {difference}\n" for difference in differences) or "  equal\n")
            sys.stdout.flush()
            has_differences = has_differences or bool(differences)
    sys.stdout.write(f"the two warehouses are in {folder}\n")
    sys.exit(1 if has_differences else 0)


def _run(aclf: Path, command: tuple[str, ...], folder: Path, registry: str) -> int:
    """Run a command, print the processor time and the end of what it said, and return its exit code."""
    arguments = [*command, "--warehouse", str(folder / _WAREHOUSE)]
    if command[0] != "rebuild":
        arguments += ["--direct", "--registry", registry, "--condition-set", str(folder.parent / "nights.toml")]
    before = resource.getrusage(resource.RUSAGE_CHILDREN)
    result = subprocess.run(
        [aclf, *arguments], cwd=folder, stdin=subprocess.DEVNULL, capture_output=True, text=True, check=False
    )
    after = resource.getrusage(resource.RUSAGE_CHILDREN)
    cpu = after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime
    said = (result.stdout + result.stderr).strip().splitlines()
    sys.stdout.write(f"  {folder.name}: exit {result.returncode}, {cpu:.1f} s of CPU; {said[-1] if said else ''}\n")
    return result.returncode


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        prog="python -m tests.tools.compare_versions",
        description=__doc__,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    parser.add_argument("studies", type=Path, metavar="STUDIES.ndjson", help="one study a line, plain or .gz")
    parser.add_argument("--old", type=Path, required=True, metavar="ACLF", help="the command of the old version")
    parser.add_argument("--new", type=Path, required=True, metavar="ACLF", help="the command of the new version")
    parser.add_argument("--folder", type=Path, help="a new folder for the two warehouses; default: a temporary one")
    parser.add_argument("--limit", type=int, default=10**9, metavar="N", help="only the first N studies")
    return parser


if __name__ == "__main__":
    main()
