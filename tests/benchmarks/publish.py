"""Publish a store once more and print the seconds (`python -m tests.benchmarks.publish WAREHOUSE`)."""

from __future__ import annotations

import sys
from pathlib import Path
from time import perf_counter

import orjson

from warehouse.paths import Paths
from warehouse.publish import publish_store
from warehouse.published_files import get_published_run


def main() -> None:
    """Publish under the number of the next run, because each published file has the number of its run."""
    paths = Paths.of(Path(sys.argv[1]))
    run_id = (get_published_run(paths) or 0) + 1
    began = perf_counter()
    publish_store(paths, run_id)
    sys.stdout.write(orjson.dumps({"seconds": perf_counter() - began}).decode() + "\n")


if __name__ == "__main__":
    main()
