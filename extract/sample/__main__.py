"""`python -m extract.sample`: serves the sample registry, or a file of studies, until Ctrl-C."""

from __future__ import annotations

import argparse
import gzip
import sys
from contextlib import suppress
from datetime import UTC, datetime
from pathlib import Path
from threading import Event

from extract.sample.contents import Contents
from extract.sample.nights import night
from extract.sample.server import RegistryServer


def main() -> None:
    """Starts the server, prints one line that begins with its URL, and serves until interrupted."""
    parser = _parser()
    options = parser.parse_args()
    try:
        contents = night(options.night) if options.studies is None else studies_of(options.studies)
        server = RegistryServer(contents, port=options.port)
    except (OSError, ValueError, OverflowError) as error:
        parser.error(str(error))
    with server, suppress(KeyboardInterrupt):
        sys.stdout.write(f"{server.url} serves {len(contents)} studies as of {contents.data_timestamp}\n")
        sys.stdout.flush()
        Event().wait()


def studies_of(path: Path) -> Contents:
    """The studies of an NDJSON file, plain or `.gz`, byte for byte.

    Their night is the file's time of modification in UTC, to the second: a file served again is the same
    night, a file written anew is another.

    Raises:
        OSError: when the file cannot be read.
        ValueError: when a line is not a study.
    """
    written = datetime.fromtimestamp(path.stat().st_mtime, UTC)
    with gzip.open(path) if path.suffix == ".gz" else path.open("rb") as lines:
        return Contents.from_ndjson(lines, data_timestamp=written.strftime("%Y-%m-%dT%H:%M:%S"))


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="python -m extract.sample", description=__doc__)
    source = parser.add_mutually_exclusive_group()
    source.add_argument("--studies", type=Path, metavar="FILE", help="NDJSON of studies, plain or .gz")
    source.add_argument("--night", type=int, default=1, help="the sample's first night (1) or second (2)")
    parser.add_argument("--port", type=int, default=0, help="default: one that is free")
    return parser


if __name__ == "__main__":
    main()
