"""Run a warehouse beside the model of its news, with an operator's command that keeps what it is told."""

from __future__ import annotations

import json
import os
from collections import Counter
from contextlib import suppress
from typing import TYPE_CHECKING
from unittest import mock

from extract.errors import RunFailed
from flows import pipeline
from flows.news.alerts import ON_CHANGE
from tests.support.made_studies import make_nct_id
from tests.support.news_model import FILLERS, NewsModel
from tests.support.warehouses import with_value
from warehouse.errors import PublishFailed

if TYPE_CHECKING:
    from pathlib import Path
    from typing import Any

    from tests.support.warehouses import Warehouse
    from warehouse.runs import RunSummary

COMMANDS = {
    "works": 'cp "$ACLF_DIGEST" "$TOLD/$(ls "$TOLD" | wc -l).json"',
    "fails": "exit 3",
    "is killed": "kill -9 $$",
    "is not there": "/nowhere/mail",
}


class ToldNews:
    """A warehouse whose operator's command keeps each digest that it is given.

    Attributes:
        model: what the news must be.
    """

    def __init__(self, warehouse: Warehouse, folder: Path) -> None:
        self.warehouse = warehouse
        self.model = NewsModel()
        self._folder = folder
        folder.mkdir()

    def sync(self, command: str | None = "works", **options: Any) -> RunSummary:
        """Run a sync that loads, with one of `COMMANDS`, or without any."""
        self.warehouse.serve(*self.model.make_studies())
        summary = self._run(command, **options)
        self.model.load_sync()
        return summary

    def sync_without_news(self, command: str = "works") -> RunSummary:
        """Run a sync while the registry has the data of the last one."""
        return self._run(command)

    def fail_before_load(self) -> None:
        """Run a sync that a check refuses, so that nothing of the night is kept; the registry takes its data back."""
        before = self.warehouse.contents
        studies = self.model.make_studies()
        broken = {make_nct_id(number) for number in FILLERS[:6]}
        self.warehouse.serve(*(_break(study) if _read_id(study) in broken else study for study in studies))
        with suppress(RunFailed):
            self._run("works")
            raise AssertionError("a night with unknown statuses was published")
        self.warehouse.server.contents = self.warehouse.contents = before

    def fail_to_publish(self) -> None:
        """Run a sync whose load succeeds and whose publish fails; without news there is nothing to publish."""
        self.warehouse.serve(*self.model.make_studies())
        with mock.patch("flows.steps.publish_store", side_effect=PublishFailed("made to fail")), suppress(RunFailed):
            self._run("works")
        self.model.load_sync()

    def backfill(self, number: int) -> None:
        """Backfill a trial."""
        self.warehouse.serve(*self.model.make_studies())
        self.warehouse.backfill(make_nct_id(number))
        self.model.load_backfill(number)

    def rebuild(self) -> None:
        """Make every table again."""
        pipeline.rebuild(self.warehouse.job("rebuild"))

    def read_told(self) -> Counter[tuple[str | None, str, int | None]]:
        """Return how often each event was told, as in `NewsModel.events`."""
        told = Counter()
        for file in self._folder.iterdir():
            for entry in json.loads(file.read_bytes()):
                for event in entry["events"]:
                    number = entry["number"] if event in ("sites", "began") else None
                    told[entry["nct_id"], event, number] += 1
        return told

    def _run(self, command: str | None, **options: Any) -> RunSummary:
        environment = {ON_CHANGE: COMMANDS[command] if command else "", "TOLD": str(self._folder)}
        with mock.patch.dict(os.environ, environment):
            return self.warehouse.sync(accept_shrink=True, **options)


def _read_id(study: dict[str, Any]) -> str:
    return str(study["protocolSection"]["identificationModule"]["nctId"])


def _break(study: dict[str, Any]) -> dict[str, Any]:
    return with_value(study, "protocolSection.statusModule.overallStatus", "MOONLIT")
