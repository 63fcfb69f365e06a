"""A registry that answers a fifth of all requests wrongly, night after night: nothing is lost, and every sum agrees.

`FAULTY_MINUTES` in the environment says how long it goes on; without it, one minute.
"""

from __future__ import annotations

import os
import random
import sys
import time
from collections import Counter
from datetime import UTC, datetime, timedelta

import orjson
import pytest

from extract.errors import RunFailed
from extract.sample.server import RegistryServer
from flows import pipeline
from tests.support import faults
from tests.support.clock import at
from tests.support.made_studies import made_contents, nct_id
from tests.support.warehouses import CONDITION_SET, Warehouse, ill, put

MINUTES = float(os.environ.get("FAULTY_MINUTES", "1"))
SHARE = 0.2
TRIALS = 60
STATUS = "protocolSection.statusModule"
FAULTS = {
    "500": faults.status(500),
    "502, a page": faults.html(502),
    "503": faults.status(503, headers={"Retry-After": "7"}),
    "429": faults.status(429, headers={"Retry-After": "3"}),
    "429, a day": faults.status(429, headers={"Retry-After": "86400"}),
    "429, garbage": faults.status(429, headers={"Retry-After": "soon"}),
    "a page": faults.html(),
    "cut JSON": faults.cut_json(),
    "a short body": faults.short_body(),
    "a reset": faults.reset_mid_body(),
    "cut chunks": faults.cut_chunked(),
    "no answer": faults.raw(b""),
    "no HTTP": faults.raw(b"\x00\x01\x02\r\n\r\n"),
    "403": faults.status(403),
    "another shape": faults.json({"unexpected": True}),
    "a list": faults.json([1, 2, 3]),
    "a redirect": faults.redirect("http://127.0.0.1:9/elsewhere"),
}
RARE = {"429, a day", "403", "another shape", "a list", "a redirect"}
"""These end a run; the others are tried again."""


class Unreliable(RegistryServer):
    """A registry that meets a fifth of its requests with a fault drawn at random; `injected` counts them."""

    def __init__(self, seed: int) -> None:
        super().__init__(made_contents())
        self.random = random.Random(seed)
        self.share = SHARE
        self.injected: Counter[str] = Counter()

    def next_fault(self):
        """A fault, or None."""
        if self.random.random() >= self.share:
            return None
        weights = [0.1 if name in RARE else 1 for name in FAULTS]
        (name,) = self.random.choices(list(FAULTS), weights)
        self.injected[name] += 1
        return FAULTS[name]


class Trials:
    """The registry's trials, which change a little every night; a few of them cannot be read, or have a bad date."""

    def __init__(self, seed: int) -> None:
        self.random = random.Random(seed)
        self.number = TRIALS
        self.held = {number: ill(number) for number in range(1, TRIALS + 1)}

    def next_night(self, day: datetime) -> None:
        """A few are updated, one is new, and now and then one is gone."""
        updated = f"{day:%Y-%m-%d}"
        for number in self.random.sample(sorted(self.held), 6):
            self.held[number] = self._changed(number, updated)
        self.number += 1
        self.held[self.number] = ill(self.number, updated=updated)
        if self.random.random() < 0.3:
            del self.held[self.random.choice(sorted(self.held))]

    def _changed(self, number, updated):
        study = ill(number, title=f"A trial, {self.random.random()}", updated=updated)
        match self.random.randrange(10):
            case 0:
                return put(study, f"{STATUS}.startDateStruct", {"date": "2026-02-30"})
            case 1:
                return put(study, "protocolSection.designModule", "a text where an object belongs")
            case 2:
                return put(study, f"{STATUS}.overallStatus", "COMPLETED")
        return study


@pytest.fixture
def faulty(tmp_path):
    """A warehouse whose registry is unreliable."""
    with Unreliable(seed=5) as server:
        warehouse = Warehouse(tmp_path, server)
        warehouse.follow(CONDITION_SET)
        yield warehouse


def agrees(report) -> bool:
    """Whether all that was fetched is accounted for."""
    return report["fetched"] == sum(report[name] for name in ("inserted", "updated", "unchanged", "quarantined"))


@pytest.mark.slow
@pytest.mark.fault(4, 8, 9, 10, 11)
@pytest.mark.timeout(60 * MINUTES + 1200)
def test_nights_of_faults_lose_nothing(faulty, clock, monkeypatch):
    """However a run ends its sums agree; in the end each record served is a trial, to the letter, or set aside."""
    monkeypatch.setattr(pipeline, "MAX_IDS_PER_REQUEST", 3)
    trials, counts, outcomes = Trials(seed=6), Counter(), Counter()
    day, end = datetime(2026, 11, 1, 3, tzinfo=UTC), time.monotonic() + 60 * MINUTES
    while time.monotonic() < end:
        day += timedelta(days=1)
        trials.next_night(day)
        faulty.serve(*trials.held.values())
        with at(f"{day:%Y-%m-%d %H:%M}"):
            try:
                report = faulty.sync()
                outcomes[report["outcome"]] += 1
                counts["set aside"] += report["quarantined"]
            except RunFailed as error:
                report = error.run_summary
                outcomes["failed"] += 1
        counts.update({name: report[name] for name in ("requests", "fetched", "inserted", "updated", "unchanged")})
        assert report["outcome"] == "failed" or agrees(report), report
    faulty.server.share = 0
    with at(f"{day:%Y-%m-%d} 23:00"):
        report = faulty.sync(full=True)
    assert agrees(report)
    assert report["fetched"] >= len(trials.held)
    accounted(faulty, trials)
    counts["asked"], counts["faults"] = len(faulty.server.requests), faulty.server.injected.total()
    sys.stdout.write(f"{dict(outcomes)} {dict(counts)}\n")
    assert counts["asked"] == counts["requests"] + report["requests"]
    assert counts["faults"] > 0
    told = faulty.rows("select outcome, count(*) from ops.runs where run_id < $1 group by all", report["run_id"])
    assert dict(told) == outcomes


def accounted(warehouse, trials):
    """Each record that the registry serves is held as it is, or is set aside; no other trial is in the set."""
    current = "select nct_id, document from raw.studies"
    held = {number: orjson.loads(document) for number, document in warehouse.rows(current)}
    aside = {number for (number,) in warehouse.rows("select nct_id from ops.quarantine")}
    for number, study in trials.held.items():
        assert held.get(nct_id(number)) == study or nct_id(number) in aside, study
    members = {number for (number,) in warehouse.rows("select nct_id from trials where in_condition_set")}
    assert members | aside >= {nct_id(number) for number in trials.held}
    assert members - {nct_id(number) for number in trials.held} == set()
