"""Run a Dask cluster as an operator does: a scheduler and workers, each a process of its own."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from distributed import Client

from tests.support.prefect_server import wait_until_found

if TYPE_CHECKING:
    from collections.abc import Iterator

DASK = Path(sys.executable).with_name("dask")


@dataclass(frozen=True, slots=True)
class DaskProcesses:
    """A cluster that runs.

    Attributes:
        address: of its scheduler.
        scheduler: the process.
        log: what its workers print.
    """

    address: str
    scheduler: subprocess.Popen[bytes]
    log: Path


@contextmanager
def run_dask_cluster(folder: Path, worker_count: int, **environment: str) -> Iterator[DaskProcesses]:
    """Run a cluster on loopback while the block runs.

    Args:
        folder: for its files.
        worker_count: how many workers it has.
        environment: variables of the workers.
    """
    found_by, log = folder / "scheduler.json", folder / "workers.log"
    machine = {name: value for name, value in os.environ.items() if not name.startswith(("ACLF_", "PREFECT_"))}
    machine |= {"PREFECT_HOME": str(folder / "prefect-of-workers"), "DASK_TEMPORARY_DIRECTORY": str(folder)}
    here = ["--scheduler-file", str(found_by), "--no-dashboard"]
    with ExitStack() as stack, log.open("wb") as output:
        scheduler = [DASK, "scheduler", "--host", "127.0.0.1", "--port", "0", *here]
        process = stack.enter_context(_run(scheduler, machine, subprocess.DEVNULL))
        address = wait_until_found(lambda: _read_address(found_by))
        workers = [DASK, "worker", "--nthreads", "1", "--nworkers", str(worker_count), *here]
        stack.enter_context(_run(workers, machine | environment, output))
        with Client(address, set_as_default=False) as client:
            client.wait_for_workers(worker_count, timeout=60)
        yield DaskProcesses(address, process, log)


def _read_address(file: Path) -> str:
    try:
        return json.loads(file.read_text())["address"]
    except ValueError as error:
        raise LookupError(file) from error


@contextmanager
def _run(command: list[str | Path], environment: dict[str, str], output: int) -> Iterator[subprocess.Popen[bytes]]:
    with subprocess.Popen(command, env=environment, stdout=output, stderr=output, start_new_session=True) as process:
        try:
            yield process
        finally:
            process.terminate()
            try:
                process.wait(20)
            except subprocess.TimeoutExpired:
                os.killpg(process.pid, signal.SIGKILL)
