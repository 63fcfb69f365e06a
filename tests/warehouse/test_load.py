"""If one load receives a trial twice, in two replies, the last record counts and nothing of the first remains."""

from __future__ import annotations

from datetime import UTC, datetime
from hashlib import sha256

from tests.support.warehouses import make_member_study, with_value
from transform.catalog.model import load_record_shape
from transform.records import make_record_line
from warehouse.loading.inputs import RecordFile
from warehouse.loading.load import load_replies
from warehouse.paths import Paths
from warehouse.store import open_store

START = "protocolSection.statusModule.startDateStruct.date"
NUMBER = "NCT00000007"


def test_last_of_two_records_counts(warehouse):
    """The first record's rows, problems and unknown keys are gone, and every table has the trial once."""
    first = with_value(
        with_value(make_member_study(7, title="First"), START, "2024-02-30"), "protocolSection.newModule", {}
    )
    landing = Paths.of(warehouse.path).landing
    landing.mkdir()
    replies = []
    for name, study in (("first", first), ("second", make_member_study(7, title="Second"))):
        line = make_record_line(study, {NUMBER}, load_record_shape())
        (landing / name).write_bytes(line)
        digest = sha256(line).hexdigest()
        replies.append(RecordFile(landing / name, frozenset({NUMBER}), len(line), len(line), digest))
    with open_store(Paths.of(warehouse.path)) as store:
        store.execute("begin")
        load_replies(store, replies, 1, datetime.now(UTC))
        for table in ("main.trials", "ctgov.studies", "ctgov.calculated_values", "raw.studies"):
            assert store.execute(f"select count(*) from {table}").fetchall() == [(1,)]
        assert store.execute("select brief_title from trials").fetchall() == [("Second",)]
        for table in ("ops.problems", "ops.drift"):
            assert store.execute(f"select count(*) from {table}").fetchall() == [(0,)]
