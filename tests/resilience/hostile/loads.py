"""Load hostile records into a real store in DuckDB, with its history, membership and checks."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import TYPE_CHECKING

from tests.resilience.hostile import targets
from tests.resilience.hostile.kinds import make_record
from tests.support.clients import SET
from transform.parts import make_tables
from warehouse.health.checks import run_checks
from warehouse.known_sets import remember_sets
from warehouse.loading.inputs import HeldPart, Membership
from warehouse.loading.load import begin_load, finish_load, load_membership, load_round
from warehouse.paths import Paths
from warehouse.store import open_store, replace_store

if TYPE_CHECKING:
    from pathlib import Path
    from random import Random

    from transform.records import Record

NUMBERS = 300
"""How many trials there are: few, so that most loads bring new versions of records that are already loaded."""


class Loads:
    """A store into which hostile records are loaded, some at a time.

    Attributes:
        loaded: how many records were loaded so far.
    """

    def __init__(self, folder: Path) -> None:
        self.paths = Paths(folder / "aclf.duckdb")
        self.loaded = 0
        self._run = 0
        with open_store(self.paths):
            pass

    def load(self, random: Random, records: int) -> None:
        """Load this number of records; assert that each is loaded or quarantined, and that no check fails."""
        received: list[Record] = []
        for number in random.sample(range(1, NUMBERS + 1), records):
            received += _read_hostile_records(random, f"NCT{number:08}")
        found = frozenset(record.nct_id for record in received if record.nct_id and record.reason is None)
        self._run += 1
        with replace_store(self.paths) as store:
            store.execute("begin")
            begin_load(store, self._run, datetime.now(UTC))
            load_round(store, [HeldPart(make_tables(received))])
            finish_load(store)
            remember_sets(store, self._run, [SET], {}, {})
            load_membership(store, Membership([SET], {SET.name: found}, ()))
            outcomes = dict(store.execute("select outcome, count(*) from found_outcomes group by all").fetchall())
            failed = [check for check in run_checks(store) if check.failures and check.severity == "error"]
            current = store.execute("select count(*) from main.trials join raw.studies using (nct_id)").fetchall()[0][0]
            store.execute("commit")
            archived = store.execute("select count(distinct nct_id) from archive.study_versions").fetchall()[0][0]
        assert sum(outcomes.values()) == len(received)
        assert current == archived
        assert not failed
        self.loaded += len(received)


def _read_hostile_records(random: Random, nct_id: str) -> list[Record]:
    """Return the records of a reply with a hostile record; none where a run would request the trial again."""
    return targets.check_reply(b'{"studies":[' + make_record(random, nct_id) + b"]}", nct_id) or []
