"""Open a Prefect server for tests, and read from it what it knows of flow runs."""

# ruff: noqa: PLC0415 - Prefect reads its settings when it is imported, and the import takes seconds

from __future__ import annotations

from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
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
    """The API of a Prefect server: its deployments, flow runs, task runs and artifacts."""

    def __init__(self, url: str, password: str = "") -> None:
        self.url = url
        self._session = requests.Session()
        if password:
            user, _, secret = password.partition(":")
            self._session.auth = (user, secret)
            token = self.request("GET", "/csrf-token?client=tests")["token"]
            self._session.headers.update({"Prefect-Csrf-Client": "tests", "Prefect-Csrf-Token": token})

    def request(self, method: str, path: str, **document: Any) -> Any:
        """Send a request to the API and return the document of its answer.

        Like Prefect's own client, ask again after a 503: the server sends it while its database is busy.
        """
        for attempt in _retry(requests.ConnectionError):
            with attempt:
                reply = self._session.request(method, f"{self.url}{path}", json=document, timeout=60)
                if reply.status_code == 503:
                    raise requests.ConnectionError(reply.text)
        reply.raise_for_status()
        return reply.json() if reply.content else None

    def deployment(self, name: str) -> dict:
        """Return a deployment by its name, such as `sync/aclf`."""
        return self.request("GET", f"/deployments/name/{name}")

    def start(self, name: str, **parameters: Any) -> str:
        """Start a run of a deployment, as the form on its page does, and return the run's id."""
        path = f"/deployments/{self.deployment(name)['id']}/create_flow_run"
        return self.request("POST", path, parameters=parameters)["id"]

    def wait_for_state(self, flow_run: str, states: set[str] = ENDED) -> dict:
        """Wait until a flow run is in one of these states, and return it."""
        for attempt in _retry(AssertionError):
            with attempt:
                document = self.request("GET", f"/flow_runs/{flow_run}")
                assert document["state_type"] in states, document
        return document

    def find(self, kind: str, **filters) -> list[dict]:
        """Return the objects of a kind that the filters find: `flow_runs`, `task_runs` or `artifacts`."""
        return self.request("POST", f"/{kind}/filter", **filters)

    def list_due_runs(self, name: str) -> list[dict]:
        """Return the runs of a deployment, the newest first, without those of the coming nights."""
        chosen = {"deployments": {"id": {"any_": [self.deployment(name)["id"]]}}}
        soon = (datetime.now(UTC) + timedelta(minutes=1)).isoformat()
        due = {"expected_start_time": {"before_": soon}}
        return self.find("flow_runs", **chosen, flow_runs=due, sort="EXPECTED_START_TIME_DESC")

    def last_flow_run(self):
        """Return the flow run that started last."""
        return self.find("flow_runs", sort="START_TIME_DESC", limit=1)[0]

    def tasks(self, flow_run):
        """Return name, state and number of tries of a flow run's tasks, in the order of their start.

        The names are without the suffix that Prefect adds.
        """
        tasks = self.find("task_runs", flow_runs={"id": {"any_": [flow_run["id"]]}}, sort="EXPECTED_START_TIME_ASC")
        return [(task["name"].rpartition("-")[0], task["state_name"], task["run_count"]) for task in tasks]

    def read_log(self, flow_run):
        """Return the lines of a flow run's log and of its tasks', once Prefect has stored the last line.

        Prefect's threads send the lines a little later than the run's state.
        """
        chosen = {"flow_run_id": {"any_": [flow_run["id"]]}}
        for attempt in _retry(AssertionError):
            with attempt:
                lines = self.find("logs", logs=chosen, sort="TIMESTAMP_ASC")
                assert any(
                    line["message"].startswith("Finished in state") and not line["task_run_id"] for line in lines
                )
        return lines

    def artifacts(self, flow_run):
        """Return the artifacts of a flow run by their keys."""
        found = self.find("artifacts", flow_runs={"id": {"any_": [flow_run["id"]]}})
        return {artifact["key"]: artifact for artifact in found}


@contextmanager
def open_prefect_server(home: Path) -> Iterator[Prefect]:
    """Run the block with a temporary Prefect server, which this process uses as its own.

    Its home and its database are thrown away afterwards.
    """
    with pytest.MonkeyPatch.context() as environment:
        environment.setenv("PREFECT_HOME", str(home))
        set_prefect_defaults()
        from prefect.settings import PREFECT_API_URL
        from prefect.testing.utilities import prefect_test_harness

        with prefect_test_harness(server_startup_timeout=120):
            yield Prefect(PREFECT_API_URL.value())


def wait_until_found(look_up: Callable[[], Any]) -> Any:
    """Call a function until it finds something, and return that.

    A test needs it where Prefect runs a hook after it sets the run's state.
    """
    for attempt in _retry(LookupError, OSError):
        with attempt:
            found = look_up()
    return found


def _retry(*errors: type[Exception]) -> Retrying:
    return Retrying(
        retry=retry_if_exception_type(errors),
        stop=stop_after_delay(LONGEST_SECONDS),
        wait=wait_fixed(0.1),
        reraise=True,
    )
