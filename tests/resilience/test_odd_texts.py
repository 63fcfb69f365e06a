"""A record with half a character, NUL or a text of any length loads; half a character is replaced and flagged."""

from __future__ import annotations

import duckdb
import pytest

from tests.support import faults
from tests.support.warehouses import counts_add_up, make_five_members, make_member_study, with_value

SEVEN = "NCT00000007"


@pytest.mark.quick(1)
@pytest.mark.fault(57)
@pytest.mark.parametrize("sent", [b"A half \\ud800", "A half \ufffd".encode()], ids=["half a pair", "lost before"])
def test_half_a_character_is_replaced_and_flagged(warehouse, sent):
    """Half a character in a text is replaced by U+FFFD and flagged; it stays flagged after an upgrade."""
    warehouse.serve(*make_five_members(make_member_study(7, title="A half")))
    summary = warehouse.sync(faults.edited_answer(lambda body: body.replace(b"A half", sent)))
    assert {name: summary[name] for name in ("inserted", "quarantined", "problems", "newly_set_aside")} == {
        "inserted": 6,
        "quarantined": 0,
        "problems": 1,
        "newly_set_aside": 1,
    }
    assert warehouse.rows("select brief_title from trials where nct_id = $1", SEVEN) == [("A half \ufffd",)]
    title = "protocolSection.identificationModule.briefTitle"
    query = "select nct_id, table_name, column_name, path, raw_value from ops.problems"
    flagged = [(SEVEN, "raw.studies", "document", title, "A half \ufffd")]
    assert warehouse.rows(query) == flagged
    with duckdb.connect(str(warehouse.folder / ".aclf" / "store.duckdb")) as store:
        store.execute("update ops.store set value = 'another catalog' where key = 'derived_digest'")
    assert warehouse.sync()["newly_set_aside"] == 0
    assert warehouse.stored(query) == flagged


@pytest.mark.fault(57)
def test_half_a_character_in_a_number_quarantines_its_record(warehouse):
    """A text with half a character is not an NCT number; only its record is quarantined."""
    warehouse.serve(*make_five_members(make_member_study(7)))
    broken = faults.edited_answer(lambda body: body.replace(SEVEN.encode(), b"NCT0000\\ud800"))
    summary = warehouse.sync(broken)
    assert (summary["inserted"], summary["quarantined"], counts_add_up(summary)) == (6, 1, True)


@pytest.mark.fault(57)
def test_nul_is_stored(warehouse):
    """NUL in a text is kept like any other character."""
    warehouse.serve(*make_five_members(make_member_study(7, title="NUL \x00 here")))
    assert warehouse.sync()["quarantined"] == 0
    assert warehouse.rows("select brief_title from trials where nct_id = $1", SEVEN) == [("NUL \x00 here",)]


@pytest.mark.slow
def test_a_very_long_record_loads(warehouse):
    """A record of sixty megabytes, about a hundred times the registry's longest, loads like any other."""
    summary = "protocolSection.descriptionModule.briefSummary"
    warehouse.serve(make_member_study(1), with_value(make_member_study(2), summary, "ab " * 20_000_000))
    assert warehouse.sync()["inserted"] == 2
    assert warehouse.rows("select length(brief_summary) from trials order by nct_id")[1] == (60_000_000,)
