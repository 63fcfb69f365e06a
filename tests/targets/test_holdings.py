"""What each target holds is noted beside the warehouse."""

from __future__ import annotations

from datetime import UTC, datetime

from warehouse.paths import Paths
from warehouse.targets.addresses import parse_address
from warehouse.targets.holdings import Holding, forget_target, note_failure, note_published, read_holdings

DATABASE = parse_address("postgresql://db/aact?reader=analysts")
FOLDER = parse_address("/srv/www/aclf")
FIRST, SECOND = datetime(2026, 9, 11, 3, tzinfo=UTC), datetime(2026, 9, 12, 3, tzinfo=UTC)


def test_a_target_holds_the_run_that_was_published(tmp_path):
    """Each target is noted by itself, and the newest run counts."""
    paths = Paths.of(tmp_path / "aclf.duckdb")
    assert read_holdings(paths) == []
    note_published(paths, DATABASE, 1, FIRST)
    note_published(paths, FOLDER, 1, FIRST)
    note_published(paths, DATABASE, 2, SECOND)
    assert read_holdings(paths) == [
        Holding("/srv/www/aclf", 1, FIRST),
        Holding("postgresql://db/aact", 2, SECOND),
    ]


def test_after_a_failure_a_target_holds_what_it_held(tmp_path):
    """The failure is told beside the run, and the next publish ends it."""
    paths = Paths.of(tmp_path / "aclf.duckdb")
    note_failure(paths, FOLDER, "The disk is full.", FIRST)
    note_published(paths, DATABASE, 1, FIRST)
    note_failure(paths, DATABASE, "It is away.", SECOND)
    assert read_holdings(paths) == [
        Holding("/srv/www/aclf", None, None, FIRST, "The disk is full."),
        Holding("postgresql://db/aact", 1, FIRST, SECOND, "It is away."),
    ]
    note_published(paths, DATABASE, 2, SECOND)
    assert read_holdings(paths)[1] == Holding("postgresql://db/aact", 2, SECOND)


def test_a_forgotten_target_is_named_no_more(tmp_path):
    """Nobody publishes there any more, so `aclf status` need not name it."""
    paths = Paths.of(tmp_path / "aclf.duckdb")
    note_published(paths, DATABASE, 1, FIRST)
    forget_target(paths, FOLDER)
    forget_target(paths, DATABASE)
    assert read_holdings(paths) == []


def test_a_spoiled_note_hides_no_other(tmp_path):
    """A note that cannot be read is left out until the next publish writes it again."""
    paths = Paths.of(tmp_path / "aclf.duckdb")
    note_published(paths, DATABASE, 1, FIRST)
    note_published(paths, FOLDER, 1, FIRST)
    next(paths.targets.glob("*.json")).write_text("{")
    assert len(read_holdings(paths)) == 1
    note_published(paths, DATABASE, 2, SECOND)
    note_failure(paths, FOLDER, "It is away.", SECOND)
    assert [holding.target for holding in read_holdings(paths)] == ["/srv/www/aclf", "postgresql://db/aact"]
