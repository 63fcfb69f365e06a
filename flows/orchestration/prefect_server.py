"""Prefect's server: the configured one, or one of our own for as long as it is needed."""

# ruff: noqa: PLC0415 - Prefect is slow to import, and reads the environment then

from __future__ import annotations

import os
import subprocess
import sys
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, field
from multiprocessing import active_children
from threading import Event, Thread, Timer
from typing import TYPE_CHECKING

from extract.errors import BadSetting
from flows.errors import PrefectUnusable
from flows.orchestration.door import LOOPBACK_NAMES
from flows.orchestration.environment import exempt_from_proxies, get_prefect_home, is_api_configured
from flows.orchestration.failed_calls import find_cause
from flows.orchestration.home import prepare_prefect
from flows.orchestration.password import keep_password, make_password
from flows.orchestration.server_process import EXIT_ADDRESS_TAKEN

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from warehouse.paths import Paths

_LONGEST_START_SECONDS = 120
_LONGEST_END_SECONDS = 20
_LONGEST_SEND_SECONDS = 10
_ANY_ADDRESS = {"0.0.0.0": "127.0.0.1", "::": "::1"}  # noqa: S104 - names of an address, not an address to listen at
_PASSWORD_SETTING = "PREFECT_SERVER_API_AUTH_STRING"  # noqa: S105 - a name


@dataclass(frozen=True, slots=True)
class ServerPlan:
    """How to run a server of our own.

    Attributes:
        host: where it listens.
        port: the same; 0 for any free one.
        password: what it asks its callers for, as `user:password`.
        password_place: where a person finds it, in words.
        log: the file for its output.
        settings: more of its environment.
    """

    host: str
    port: int
    password: str = field(repr=False)
    password_place: str
    log: Path
    settings: dict[str, str]


@dataclass(frozen=True, slots=True)
class OwnServer:
    """A server of our own that runs.

    Attributes:
        address: of its pages.
        password_place: where a person finds its password, in words.
    """

    address: str
    password_place: str


def plan_schedule_server(paths: Paths) -> ServerPlan:
    """Plan the server of `aclf serve`, with its pages, where PREFECT_SERVER_API_HOST and …_PORT say.

    Raises:
        BadSetting: others of the network could reach it, and its password is not one that a person chose.
    """
    host = os.environ.get("PREFECT_SERVER_API_HOST") or "127.0.0.1"
    port = os.environ.get("PREFECT_SERVER_API_PORT") or "4200"
    if not port.isascii() or not port.isdecimal() or int(port) > 65535:
        raise BadSetting(f"PREFECT_SERVER_API_PORT must be a port, not {port!a}")
    chosen = os.environ.get(_PASSWORD_SETTING)
    if host not in LOOPBACK_NAMES and not chosen:
        raise BadSetting(
            f"PREFECT_SERVER_API_HOST is {host}, where other machines reach Prefect's server",
            next_step=f"leave it on 127.0.0.1, or set a password of yours in {_PASSWORD_SETTING}, as in user:password",
        )
    file = paths.state / "prefect-password"
    return ServerPlan(
        host=host,
        port=int(port),
        password=chosen or keep_password(file),
        password_place=f"of {_PASSWORD_SETTING}" if chosen else f"in {file}",
        log=paths.state / "prefect.log",
        # Keep the slots of running flows on disk. In memory, the slot of a run that died with the server would stay
        # taken for ever, and every later sync would be cancelled.
        settings={
            "PREFECT_SERVER_CONCURRENCY_LEASE_STORAGE": "prefect.server.concurrency.lease_storage.filesystem",
            "PREFECT_SERVER_UI_SHOW_PROMOTIONAL_CONTENT": "false",
        },
    )


def plan_embedded_server(paths: Paths) -> ServerPlan:
    """Plan the server of a single run: on any free port, without pages, and with a password that nobody is told."""
    return ServerPlan(
        host="127.0.0.1",
        port=0,
        password=make_password(),
        password_place="",
        log=paths.state / "prefect-run.log",
        settings={"PREFECT__SERVER_EPHEMERAL": "1", "PREFECT_SERVER_UI_ENABLED": "false"},
    )


@contextmanager
def use_embedded_server(paths: Paths) -> Iterator[None]:
    """Run a single flow run in the block with the configured Prefect API, else with a server for it alone.

    Raises:
        BadSetting: a file of the working folder would change Prefect's settings.
        PrefectUnusable: the server does not start.
    """
    prepare_prefect(paths)
    with ExitStack() as stack:
        # Where Prefect may not start a server by itself, its own error says what is missing.
        allowed = os.environ.get("PREFECT_SERVER_ALLOW_EPHEMERAL_MODE", "true").lower() not in {"false", "0", "no"}
        if allowed and not is_api_configured():
            paths.state.mkdir(exist_ok=True)
            stack.enter_context(run_own_server(plan_embedded_server(paths)))
            stack.callback(_send_what_waits)
        yield


@contextmanager
def run_own_server(plan: ServerPlan) -> Iterator[OwnServer]:
    """Run a server of our own while the block runs; this process and those that it starts use it.

    Its database is in Prefect's home.

    Raises:
        PrefectUnusable: it does not start.
    """
    exempt_from_proxies(plan.host)
    with (
        plan.log.open("wb") as output,
        # In a session of its own, a terminal's Ctrl-C does not reach the server, so it outlives the runs that report
        # to it. In Prefect's home there is no code or setting of the working folder.
        subprocess.Popen(  # noqa: S603 - our own module, at an address that the operator chose
            [sys.executable, "-P", "-m", "flows.orchestration.server_process", plan.host, str(plan.port)],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=output,
            env=_make_environment(plan),
            cwd=get_prefect_home(),
            start_new_session=True,
        ) as server,
    ):
        try:
            port = _wait_until_ready(server, plan)
            host = _ANY_ADDRESS.get(plan.host, plan.host)
            address = f"http://{f'[{host}]' if ':' in host else host}:{port}"
            with _configure_api(f"{address}/api", plan.password), _end_with(server, plan.log):
                yield OwnServer(address, plan.password_place)
        finally:
            _stop(server)


def _send_what_waits() -> None:
    """Send what Prefect's threads still hold of the run's log and events, before the server ends."""
    from prefect.events.worker import EventsWorker
    from prefect.logging.handlers import APILogWorker

    for worker in (APILogWorker, EventsWorker):
        worker.drain_all(timeout=_LONGEST_SEND_SECONDS)


def _make_environment(plan: ServerPlan) -> dict[str, str]:
    """Return the environment of a server: it asks for the password, answers its own pages alone, and needs no proxy."""
    machine = {name: value for name, value in os.environ.items() if not name.lower().endswith("_proxy")}
    names = ("127.0.0.1", "localhost") if plan.host in LOOPBACK_NAMES else (plan.host,)
    own = ",".join(f"http://{name}:{plan.port}" for name in names)
    settings = {
        _PASSWORD_SETTING: plan.password,
        "PREFECT_SERVER_API_CSRF_PROTECTION_ENABLED": "true",
        "PREFECT_SERVER_API_CORS_ALLOWED_ORIGINS": os.environ.get("PREFECT_SERVER_CORS_ALLOWED_ORIGINS") or own,
        # The pages ask the server that they come from, whatever name or tunnel it was reached by.
        "PREFECT_SERVER_UI_API_URL": "/api",
    }
    return machine | settings | plan.settings


def _wait_until_ready(server: subprocess.Popen[bytes], plan: ServerPlan) -> str:
    """Wait until a server answers, and return its port."""
    assert server.stdout is not None  # it is a pipe
    # A server that hangs is ended, so that the wait has an end too.
    timer = Timer(_LONGEST_START_SECONDS, server.kill)
    timer.start()
    try:
        port = server.stdout.readline().decode().strip()
    finally:
        timer.cancel()
    if port:
        return port
    if server.wait() == EXIT_ADDRESS_TAKEN:
        raise PrefectUnusable(
            f"something else already answers at {plan.host}:{plan.port}, the address of this schedule's own Prefect "
            "server",
            next_step=f"set PREFECT_API_URL=http://{plan.host}:{plan.port}/api if that is your Prefect server, "
            "or set another port in PREFECT_SERVER_API_PORT",
        )
    raise _make_end_error("Prefect's server does not start", plan.log)


def _make_end_error(happened: str, log: Path) -> PrefectUnusable:
    cause = find_cause(log)
    return PrefectUnusable(
        f"{happened} ({cause})" if cause else happened,
        stands="the warehouse is whole: it is as before, or as the last run published it",
        next_step=f"read its output in {log}; if its database in {get_prefect_home()} is the reason, "
        "set PREFECT_HOME to another folder",
    )


@contextmanager
def _configure_api(api_url: str, password: str) -> Iterator[None]:
    """Set Prefect's API for this process and for those that it starts, while the block runs."""
    # The environment is for Prefect that is not imported yet: in the processes that run the flows, or here.
    values = {"PREFECT_API_URL": api_url, "PREFECT_API_AUTH_STRING": password}
    before = {name: os.environ.get(name) for name in values}
    os.environ.update(values)
    from prefect.settings import PREFECT_API_AUTH_STRING, PREFECT_API_URL, temporary_settings

    try:
        with temporary_settings({PREFECT_API_URL: api_url, PREFECT_API_AUTH_STRING: password}):
            yield
    finally:
        for name, value in before.items():
            os.environ.pop(name)
            if value is not None:
                os.environ[name] = value


@contextmanager
def _end_with(server: subprocess.Popen[bytes], log: Path) -> Iterator[None]:
    """End this process in one sentence, at once, if the server ends while the block runs.

    Without its server Prefect tries again for minutes, in every thread, and writes a traceback each time. The data
    needs no goodbye: the next run continues from a process that was killed.
    """
    leaving = Event()

    def watch() -> None:
        server.wait()
        if not leaving.is_set():
            for child in active_children():
                child.kill()
            error = _make_end_error("Prefect's server has ended", log)
            sys.stderr.write(f"aclf: {error}\n")
            sys.stderr.flush()
            os._exit(error.exit_code)

    Thread(target=watch, daemon=True).start()
    try:
        yield
    finally:
        leaving.set()


def _stop(server: subprocess.Popen[bytes]) -> None:
    server.terminate()
    try:
        server.wait(_LONGEST_END_SECONDS)
    except subprocess.TimeoutExpired:
        server.kill()
