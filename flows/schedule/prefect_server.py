"""Prefect's server: the configured one, or one of our own for as long as it is needed."""

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

_OWN_SETTINGS = {
    # Keep the slots of running flows on disk. In memory, the slot of a run that died with the server would stay
    # taken for ever, and every later sync would be cancelled.
    "PREFECT_SERVER_CONCURRENCY_LEASE_STORAGE": "prefect.server.concurrency.lease_storage.filesystem"
}


@contextmanager
def run_prefect_server(log: Path) -> Iterator[str | None]:
    """Run a server of our own while the block runs, unless a Prefect API is configured; the block uses it.

    Its address is in Prefect's own PREFECT_SERVER_API_HOST and PREFECT_SERVER_API_PORT, else 127.0.0.1:4200. Its
    database is in Prefect's home.

    Args:
        log: the file for its output.

    Yields:
        The address of its pages, or None if the server is not ours.

    Raises:
        PrefectUnusable: it does not start.
    """
    set_prefect_defaults()
    if is_api_configured():
        yield None
        return
    host = os.environ.get("PREFECT_SERVER_API_HOST", "127.0.0.1")
    port = os.environ.get("PREFECT_SERVER_API_PORT", "4200")
    address = f"http://{host}:{port}"
    _refuse_taken_address(host, port)
    command = [sys.executable, "-m", "prefect", "server", "start", "--host", host, "--port", port]
    # In a session of its own, a terminal's Ctrl-C does not reach the server, so it outlives the runs that report to it.
    with (
        log.open("wb") as output,
        subprocess.Popen(  # noqa: S603 - Prefect, at an address that the operator chose
            command,
            stdin=subprocess.DEVNULL,
            stdout=output,
            stderr=output,
            env=os.environ | _OWN_SETTINGS,
            start_new_session=True,
        ) as server,
    ):
        try:
            _wait_until_ready(server, f"{address}/api/health", log)
            with _configure_api(f"{address}/api"):
                yield address
        finally:
            _stop(server)


def _refuse_taken_address(host: str, port: str) -> None:
    """Refuse an address at which something already answers, because it may be anybody's server.

    Raises:
        PrefectUnusable: something answers there.
    """
    try:
        socket.create_connection((host, int(port)), timeout=1).close()
    except OSError:
        return
    raise PrefectUnusable(
        f"something else already answers at {host}:{port}, the address of this schedule's own Prefect server",
        next_step=f"set PREFECT_API_URL=http://{host}:{port}/api if that is your Prefect server, "
        "or set another port in PREFECT_SERVER_API_PORT",
    )


def _wait_until_ready(server: subprocess.Popen[bytes], url: str, log: Path) -> None:
    attempts = Retrying(
        retry=retry_if_exception_type(requests.RequestException),
        stop=stop_after_delay(_LONGEST_START_SECONDS),
        wait=wait_fixed(0.2),
        reraise=True,
    )
    try:
        for attempt in attempts:
            with attempt:
                # A server that has ended will not answer.
                if server.poll() is not None:
                    break
                requests.get(url, timeout=5).raise_for_status()
                return
    except requests.RequestException:
        pass
    raise PrefectUnusable("Prefect's server does not start", next_step=f"read its output in {log}")


@contextmanager
def _configure_api(api_url: str) -> Iterator[None]:
    """Set the address of Prefect's API for this process and for those that it starts, while the block runs."""
    from prefect.settings import PREFECT_API_URL, temporary_settings  # noqa: PLC0415 - slow, and reads the environment

    # The environment is for the processes that run the flows, the setting for this process.
    os.environ["PREFECT_API_URL"] = api_url
    try:
        with temporary_settings({PREFECT_API_URL: api_url}):
            yield
    finally:
        del os.environ["PREFECT_API_URL"]


def _stop(server: subprocess.Popen[bytes]) -> None:
    server.terminate()
    try:
        server.wait(_LONGEST_END_SECONDS)
    except subprocess.TimeoutExpired:
        server.kill()
