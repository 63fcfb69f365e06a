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
from extract.sample.nights import load_night
from extract.sample.server import RegistryServer


def main() -> None:
    """Start the server, print one line that begins with its URL, and serve until Ctrl-C."""
    parser = _make_parser()
    options = parser.parse_args()
    try:
        contents = load_night(options.night) if options.studies is None else read_studies(options.studies)
        server = RegistryServer(contents, port=options.port)
    except (OSError, ValueError, OverflowError) as error:
        parser.error(str(error))
    with server, suppress(KeyboardInterrupt):
        sys.stdout.write(f"{server.url} serves {len(contents)} studies as of {contents.data_timestamp}\n")
        sys.stdout.flush()  # a program that started us waits for this line
        Event().wait()


def read_studies(path: Path) -> Contents:
    """Read the studies of an NDJSON file, plain or `.gz`, byte for byte.

    Raises:
        OSError: The file cannot be read.
        ValueError: A line is not a study.
    """
    # The data timestamp is the file's time of modification in UTC. So a file that is served again is the same night,
    # and a file that was written again is another one.
    modified_at = datetime.fromtimestamp(path.stat().st_mtime, UTC)
    with gzip.open(path) if path.suffix == ".gz" else path.open("rb") as lines:
        return Contents.from_ndjson(lines, data_timestamp=modified_at.strftime("%Y-%m-%dT%H:%M:%S"))


def _make_parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="python -m extract.sample", description=__doc__)
    source = parser.add_mutually_exclusive_group()
    source.add_argument("--studies", type=Path, metavar="FILE", help="NDJSON of studies, plain or .gz")
    source.add_argument("--night", type=int, default=1, help="the sample's first night (1), second or third")
    parser.add_argument("--port", type=int, default=0, help="default: a free port")
    return parser


if __name__ == "__main__":
    main()
