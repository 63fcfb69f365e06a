"""Load hostile records into a real store in DuckDB, with its history, membership and checks."""

from __future__ import annotations

from datetime import UTC, datetime
from hashlib import sha256
from typing import TYPE_CHECKING

from tests.resilience.hostile import targets
from tests.resilience.hostile.kinds import make_record
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
"""How many trials there are: few, so that most loads bring new versions of records that are already loaded."""


class Loads:
    """A store into which hostile records are loaded, some at a time.

    Attributes:
        loaded: how many record lines were loaded so far.
    """

    def __init__(self, folder: Path) -> None:
        self.paths = Paths(folder / "aclf.duckdb")
        self.loaded = 0
        self._run = 0
        with open_store(self.paths):
            pass

    def load(self, random: Random, records: int) -> None:
        """Load this number of records; assert that each is loaded or quarantined, and that no check fails."""
        lines: list[bytes] = []
        found: set[str] = set()
        for number in random.sample(range(1, NUMBERS + 1), records):
            reply = _parse_hostile_reply(random, f"NCT{number:08}")
            if reply:
                lines += reply.lines
                found |= reply.found
        self.paths.scratch.mkdir(exist_ok=True)
        file = self.paths.scratch / "hostile.ndjson"
        file.write_bytes(b"".join(lines))
        self._run += 1
        with replace_store(self.paths) as store:
            store.execute("begin")
            digest = sha256(file.read_bytes()).hexdigest()
            longest = max(map(len, lines), default=0)
            record_file = RecordFile(file, frozenset(found), file.stat().st_size, longest, digest)
            load_replies(store, [record_file], self._run, datetime.now(UTC))
            load_membership(store, Membership(frozenset(found), (), (), (), ()))
            outcomes = dict(store.execute("select outcome, count(*) from found_outcomes group by all").fetchall())
            failed = [check for check in run_checks(store) if check.failures and check.severity == "error"]
            current = store.execute("select count(*) from main.trials join raw.studies using (nct_id)").fetchall()[0][0]
            store.execute("commit")
            archived = store.execute("select count(distinct nct_id) from archive.study_versions").fetchall()[0][0]
        assert sum(outcomes.values()) == len(lines)
        assert current == archived
        assert not failed
        self.loaded += len(lines)


def _parse_hostile_reply(random: Random, nct_id: str) -> ParsedReply | None:
    return targets.check_reply(b'{"studies":[' + make_record(random, nct_id) + b"]}", nct_id)
