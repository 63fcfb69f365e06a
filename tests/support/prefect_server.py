"""A Prefect server for tests, and what it tells of the runs that it has seen."""

# ruff: noqa: PLC0415 - Prefect reads its settings when it is imported, and takes seconds to be

from __future__ import annotations

from contextlib import contextmanager
from typing import TYPE_CHECKING, Any

import pytest
import requests
from tenacity import Retrying, retry_if_exception_type, stop_after_delay, wait_fixed

from flows.orchestration.environment import set_prefect_defaults

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import Path

LONGEST_SECONDS = 100
ENDED = {"COMPLETED", "FAILED", "CRASHED", "CANCELLED"}


class Prefect:
    """What a Prefect server tells of the runs that it has seen."""

    def __init__(self, url: str) -> None:
        self.url = url

    def asked(self, method: str, path: str, **document: Any) -> Any:
        """What the API answers; a database at work says 503, and Prefect's own client asks again then too."""
        for attempt in _patiently(requests.ConnectionError):
            with attempt:
                reply = requests.request(method, f"{self.url}{path}", json=document, timeout=60)
                if reply.status_code == 503:
                    raise requests.ConnectionError(reply.text)
        reply.raise_for_status()
        return reply.json() if reply.content else None

    def deployment(self, name: str) -> dict:
        """A deployment, as in `sync/aclf`."""
        return self.asked("GET", f"/deployments/name/{name}")

    def start(self, name: str, **parameters: Any) -> str:
        """Asks for a run of a deployment, as the form of its page does, and gives the run's id."""
        path = f"/deployments/{self.deployment(name)['id']}/create_flow_run"
        return self.asked("POST", path, parameters=parameters)["id"]

    def reached(self, flow_run: str, states: set[str] = ENDED) -> dict:
        """A flow run, when it has come to one of these states."""
        for attempt in _patiently(AssertionError):
            with attempt:
                found = self.asked("GET", f"/flow_runs/{flow_run}")
                assert found["state_type"] in states, found
        return found

    def found(self, kind: str, **filters) -> list[dict]:
        """What the server has of a kind: `flow_runs`, `task_runs` or `artifacts`."""
        return self.asked("POST", f"/{kind}/filter", **filters)

    def last_flow_run(self):
        """The flow run that started last."""
        return self.found("flow_runs", sort="START_TIME_DESC", limit=1)[0]

    def tasks(self, flow_run):
        """Name, state and tries of a flow run's tasks, in the order of their start; without Prefect's own suffix."""
        tasks = self.found("task_runs", flow_runs={"id": {"any_": [flow_run["id"]]}}, sort="EXPECTED_START_TIME_ASC")
        return [(task["name"].rpartition("-")[0], task["state_name"], task["run_count"]) for task in tasks]

    def artifacts(self, flow_run):
        """The artifacts of a flow run by their keys."""
        found = self.found("artifacts", flow_runs={"id": {"any_": [flow_run["id"]]}})
        return {artifact["key"]: artifact for artifact in found}


@contextmanager
def prefect_server(home: Path) -> Iterator[Prefect]:
    """A Prefect server with a home and a database that are thrown away, which is this process's own meanwhile."""
    with pytest.MonkeyPatch.context() as environment:
        environment.setenv("PREFECT_HOME", str(home))
        set_prefect_defaults()
        from prefect.settings import PREFECT_API_URL
        from prefect.testing.utilities import prefect_test_harness

        with prefect_test_harness(server_startup_timeout=120):
            yield Prefect(PREFECT_API_URL.value())


def eventually(look: Callable[[], Any]) -> Any:
    """What is seen, as soon as it is there: a failure's hook runs after the run's state is set."""
    for attempt in _patiently(LookupError, OSError):
        with attempt:
            seen = look()
    return seen


def _patiently(*errors: type[Exception]) -> Retrying:
    return Retrying(
        retry=retry_if_exception_type(errors),
        stop=stop_after_delay(LONGEST_SECONDS),
        wait=wait_fixed(0.1),
        reraise=True,
    )
