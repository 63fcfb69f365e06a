"""The real load of hostile records: into a store in DuckDB, with its history, membership and checks."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import TYPE_CHECKING

from tests.resilience.hostile import targets
from tests.resilience.hostile.kinds import a_record
from warehouse.health.checks import run_checks
from warehouse.loading.inputs import Membership, RecordFile
from warehouse.loading.load import load_membership, load_replies
from warehouse.paths import Paths
from warehouse.store import open_store, replace_store

if TYPE_CHECKING:
    from pathlib import Path
    from random import Random

    from transform.records import ParsedReply

NUMBERS = 300
"""Trials that the records are of: few, so that most loads bring new versions of what is held."""


class Loads:
    """A store that hostile records are loaded into, some at a time.

    Attributes:
        loaded: how many lines were loaded.
    """

    def __init__(self, folder: Path) -> None:
        self.paths = Paths(folder / "aclf.duckdb")
        self.loaded = 0
        self._run = 0
        with open_store(self.paths):
            pass

    def load(self, random: Random, records: int) -> None:
        """Load so many records, and see that each is held or set aside, and no check refuses what was let in."""
        numbers = random.sample(range(1, NUMBERS + 1), records)
        readings = [_read(random, f"NCT{number:08}") for number in numbers]
        lines = [line for reading in readings if reading for line in reading.lines]
        file = self.paths.state / "hostile.ndjson"
        file.write_bytes(b"".join(lines))
        found = frozenset(number for reading in readings if reading for number in reading.found)
        self._run += 1
        with replace_store(self.paths) as store:
            store.execute("begin")
            landed = RecordFile(file, found, file.stat().st_size, max(map(len, lines), default=0))
            load_replies(store, [landed], self._run, datetime.now(UTC))
            load_membership(store, Membership(found, (), (), (), ()))
            outcomes = dict(store.execute("select outcome, count(*) from found_outcomes group by all").fetchall())
            failed = [check for check in run_checks(store) if check.failures and check.severity == "error"]
            held = store.execute("select count(*) from main.trials join raw.studies using (nct_id)").fetchall()[0][0]
            store.execute("commit")
            archived = store.execute("select count(distinct nct_id) from archive.study_versions").fetchall()[0][0]
        assert sum(outcomes.values()) == len(lines)
        assert held == archived
        assert not failed
        self.loaded += len(lines)


def _read(random: Random, nct_id: str) -> ParsedReply | None:
    return targets.a_reply(b'{"studies":[' + a_record(random, nct_id) + b"]}", nct_id)
