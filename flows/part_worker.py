"""A worker process: `python -P -m flows.part_worker` makes one part for each line on standard input.

Each request is a line, and so is its answer on standard output; everything else goes to standard error. The process
ends as soon as its standard input does, also in the middle of a part, so that it never outlives the process that
started it: the next run may begin at once.
"""

from __future__ import annotations

import gc
import os
import sys
from importlib.abc import MetaPathFinder
from queue import SimpleQueue
from threading import Thread


class _NoPandas(MetaPathFinder):
    """Makes an import of pandas fail at once.

    pyarrow imports pandas the first time it makes an array of a list, which takes longer than a small part, and goes on
    without it where it cannot be had. No part needs pandas.
    """

    def find_spec(self, name: str, *_: object) -> None:
        """Refuse pandas, and leave every other module to Python."""
        if name == "pandas":
            raise ModuleNotFoundError("a worker process makes parts without pandas", name=name)


sys.meta_path.insert(0, _NoPandas())

import pyarrow as pa

from flows.part_jobs import answer_request
from transform.catalog.files import load_record_shape
from transform.shredding.shred import shred_records


def main() -> None:
    """Answer requests, in their order, until standard input ends."""
    # What a library prints must not come between the answers.
    with os.fdopen(os.dup(sys.stdout.fileno()), "wb") as answers:
        os.dup2(sys.stderr.fileno(), sys.stdout.fileno())

        # A parsed reply has no cycles, and looking for some takes longer than parsing it.
        gc.disable()
        # What every part needs (the catalog, the parser) is there before the first request is.
        load_record_shape()
        nothing = pa.array([], pa.string())
        shred_records(nothing, nothing)
        requests: SimpleQueue[bytes] = SimpleQueue()
        Thread(target=_read_requests, args=(requests,), daemon=True).start()
        while True:
            answers.write(answer_request(requests.get()))
            answers.flush()


def _read_requests(requests: SimpleQueue[bytes]) -> None:
    """Put each line of standard input into a queue, and end this process with the last one."""
    for line in sys.stdin.buffer:
        requests.put(line)
    # Nobody waits for the part that the process is at. What it leaves has the name of a temporary file.
    os._exit(0)


if __name__ == "__main__":
    main()
