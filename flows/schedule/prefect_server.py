"""Prefect's server: the one that is configured, or one of our own for as long as it is needed."""

from __future__ import annotations

import os
import socket
import subprocess
import sys
from contextlib import contextmanager
from typing import TYPE_CHECKING

import requests
from tenacity import Retrying, retry_if_exception_type, stop_after_delay, wait_fixed

from flows.errors import PrefectUnusable
from flows.orchestration.environment import is_api_configured, set_prefect_defaults

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

_LONGEST_START_SECONDS = 120
_LONGEST_END_SECONDS = 20

_OWN = {
    # Kept in memory, the turn of a run that died with the server would be taken for ever, and every sync cancelled.
    "PREFECT_SERVER_CONCURRENCY_LEASE_STORAGE": "prefect.server.concurrency.lease_storage.filesystem"
}


@contextmanager
def run_prefect_server(log: Path) -> Iterator[str | None]:
    """Where no Prefect API is configured, a server of our own, which is configured within.

    Its address is Prefect's own PREFECT_SERVER_API_HOST and PREFECT_SERVER_API_PORT, else 127.0.0.1:4200; its database
    is in Prefect's home.

    Args:
        log: The file that takes what it says.

    Yields:
        The address of its pages, or None where the server is another's.

    Raises:
        PrefectUnusable: It does not start.
    """
    set_prefect_defaults()
    if is_api_configured():
        yield None
        return
    host, port = (
        os.environ.get("PREFECT_SERVER_API_HOST", "127.0.0.1"),
        os.environ.get("PREFECT_SERVER_API_PORT", "4200"),
    )
    address = f"http://{host}:{port}"
    _refuse_taken(host, port)
    command = [sys.executable, "-m", "prefect", "server", "start", "--host", host, "--port", port]
    # In a session of its own a terminal's Ctrl-C does not reach it, and it outlives the runs that report to it.
    with (
        log.open("wb") as told,
        subprocess.Popen(  # noqa: S603 - Prefect, at an address that the operator chose
            command, stdin=subprocess.DEVNULL, stdout=told, stderr=told, env=os.environ | _OWN, start_new_session=True
        ) as server,
    ):
        try:
            _wait_until_ready(server, f"{address}/api/health", log)
            with _configured(f"{address}/api"):
                yield address
        finally:
            _end(server)


def _refuse_taken(host: str, port: str) -> None:
    """What answers at our address already may be anyone's: who starts the schedule has to name it."""
    try:
        socket.create_connection((host, int(port)), timeout=1).close()
    except OSError:
        return
    raise PrefectUnusable(
        f"something else already answers at {host}:{port}, where this schedule's own Prefect server would",
        next_step=f"give PREFECT_API_URL=http://{host}:{port}/api if that is your Prefect server, "
        "or another port in PREFECT_SERVER_API_PORT",
    )


def _wait_until_ready(server: subprocess.Popen[bytes], url: str, log: Path) -> None:
    waits = Retrying(
        retry=retry_if_exception_type(requests.RequestException),
        stop=stop_after_delay(_LONGEST_START_SECONDS),
        wait=wait_fixed(0.2),
        reraise=True,
    )
    try:
        for attempt in waits:
            with attempt:
                if server.poll() is not None:
                    break
                requests.get(url, timeout=5).raise_for_status()
                return
    except requests.RequestException:
        pass
    raise PrefectUnusable("Prefect's server does not start", next_step=f"see {log} for what it says")


@contextmanager
def _configured(api_url: str) -> Iterator[None]:
    """The address in force for this process, and for those that it starts."""
    from prefect.settings import PREFECT_API_URL, temporary_settings  # noqa: PLC0415 - slow, and reads the environment

    os.environ["PREFECT_API_URL"] = api_url
    try:
        with temporary_settings({PREFECT_API_URL: api_url}):
            yield
    finally:
        del os.environ["PREFECT_API_URL"]


def _end(server: subprocess.Popen[bytes]) -> None:
    server.terminate()
    try:
        server.wait(_LONGEST_END_SECONDS)
    except subprocess.TimeoutExpired:
        server.kill()
