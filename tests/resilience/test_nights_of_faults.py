"""Nothing is lost and every sum agrees while a registry answers a fifth of all requests wrongly, night after night.

The environment's `FAULTY_MINUTES` says how long the test lasts; without it, one minute.
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
from tests.support.clock import clock_stands_at
from tests.support.made_studies import make_contents, make_nct_id
from tests.support.warehouses import CONDITION_SET, Warehouse, counts_add_up, make_member_study, with_value

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
    "no answer": faults.raw_bytes(b""),
    "no HTTP": faults.raw_bytes(b"\x00\x01\x02\r\n\r\n"),
    "403": faults.status(403),
    "another shape": faults.json({"unexpected": True}),
    "a list": faults.json([1, 2, 3]),
    "a redirect": faults.redirect("http://127.0.0.1:9/elsewhere"),
}
RARE = {"429, a day", "403", "another shape", "a list", "a redirect"}
"""The faults that end a run; after the others the client tries again."""


class UnreliableRegistry(RegistryServer):
    """A registry that answers a fifth of its requests with a random fault; `injected` counts the faults by name."""

    def __init__(self, seed: int) -> None:
        super().__init__(make_contents())
        self.random = random.Random(seed)
        self.share = SHARE
        self.injected: Counter[str] = Counter()

    def take_next_fault(self):
        """Return the fault for the next request, or None."""
        if self.random.random() >= self.share:
            return None
        weights = [0.1 if name in RARE else 1 for name in FAULTS]
        (name,) = self.random.choices(list(FAULTS), weights)
        self.injected[name] += 1
        return FAULTS[name]


class ChangingTrials:
    """The registry's trials, which change a little every night; a few cannot be read, or have a date that cannot."""

    def __init__(self, seed: int) -> None:
        self.random = random.Random(seed)
        self.number = TRIALS
        self.studies = {number: make_member_study(number) for number in range(1, TRIALS + 1)}

    def next_night(self, day: datetime) -> None:
        """Update a few trials, add one, and sometimes remove one."""
        updated = f"{day:%Y-%m-%d}"
        for number in self.random.sample(sorted(self.studies), 6):
            self.studies[number] = self._make_changed(number, updated)
        self.number += 1
        self.studies[self.number] = make_member_study(self.number, updated=updated)
        if self.random.random() < 0.3:
            del self.studies[self.random.choice(sorted(self.studies))]

    def _make_changed(self, number, updated):
        study = make_member_study(number, title=f"A trial, {self.random.random()}", updated=updated)
        match self.random.randrange(10):
            case 0:
                return with_value(study, f"{STATUS}.startDateStruct", {"date": "2026-02-30"})
            case 1:
                return with_value(study, "protocolSection.designModule", "a text where an object belongs")
            case 2:
                return with_value(study, f"{STATUS}.overallStatus", "COMPLETED")
        return study


@pytest.fixture
def faulty(tmp_path):
    """Yield a warehouse whose registry is unreliable."""
    with UnreliableRegistry(seed=5) as server:
        warehouse = Warehouse(tmp_path, server)
        warehouse.use_condition_set(CONDITION_SET)
        yield warehouse


@pytest.mark.slow
@pytest.mark.fault(4, 8, 9, 10, 11)
@pytest.mark.timeout(60 * MINUTES + 1200)
def test_nights_of_faults_lose_nothing(faulty, clock, monkeypatch):
    """The sums of every run agree; in the end each record of the registry is a trial, to the letter, or quarantined."""
    monkeypatch.setattr(pipeline, "MAX_IDS_PER_REQUEST", 3)
    trials, counts, outcomes = ChangingTrials(seed=6), Counter(), Counter()
    day, end = datetime(2026, 11, 1, 3, tzinfo=UTC), time.monotonic() + 60 * MINUTES
    while time.monotonic() < end:
        day += timedelta(days=1)
        trials.next_night(day)
        faulty.serve(*trials.studies.values())
        with clock_stands_at(f"{day:%Y-%m-%d %H:%M}"):
            try:
                summary = faulty.sync()
                outcomes[summary["outcome"]] += 1
                counts["quarantined"] += summary["quarantined"]
            except RunFailed as error:
                summary = error.run_summary
                outcomes["failed"] += 1
        counts.update({name: summary[name] for name in ("requests", "fetched", "inserted", "updated", "unchanged")})
        assert summary["outcome"] == "failed" or counts_add_up(summary), summary

    # A last full sync without faults brings what the runs before have missed.
    faulty.server.share = 0
    with clock_stands_at(f"{day:%Y-%m-%d} 23:00"):
        summary = faulty.sync(full=True)
    assert counts_add_up(summary)
    assert summary["fetched"] >= len(trials.studies)
    assert_nothing_lost(faulty, trials)
    counts["asked"], counts["faults"] = len(faulty.server.requests), faulty.server.injected.total()
    sys.stdout.write(f"{dict(outcomes)} {dict(counts)}\n")
    assert counts["asked"] == counts["requests"] + summary["requests"]
    assert counts["faults"] > 0
    noted = faulty.rows("select outcome, count(*) from ops.runs where run_id < $1 group by all", summary["run_id"])
    assert dict(noted) == outcomes


def assert_nothing_lost(warehouse, trials):
    """Assert that each record of the registry is held or quarantined, and that no other trial is a member."""
    current = "select nct_id, document from raw.studies"
    records = {number: orjson.loads(document) for number, document in warehouse.rows(current)}
    quarantined = {nct_id for (nct_id,) in warehouse.rows("select nct_id from ops.quarantine")}
    served = {make_nct_id(number): study for number, study in trials.studies.items()}
    for nct_id, study in served.items():
        assert records.get(nct_id) == study or nct_id in quarantined, study
    members = {nct_id for (nct_id,) in warehouse.rows("select nct_id from trials where in_condition_set")}
    assert members | quarantined >= served.keys()
    assert members - served.keys() == set()
