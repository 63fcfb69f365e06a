"""`python -m tests.benchmarks.publish WAREHOUSE`: publish a warehouse's store once more, and print the seconds it took."""

from __future__ import annotations

import sys
from pathlib import Path
from time import perf_counter

import orjson

from warehouse.places import Places
from warehouse.publish import publish_store, published_run


def main() -> None:
    """Publishes under the next run's number: a version of its own, as in a run."""
    places = Places.of(Path(sys.argv[1]))
    run_id = (published_run(places) or 0) + 1
    began = perf_counter()
    publish_store(places, run_id)
    sys.stdout.write(orjson.dumps({"seconds": perf_counter() - began}).decode() + "\n")


if __name__ == "__main__":
    main()
