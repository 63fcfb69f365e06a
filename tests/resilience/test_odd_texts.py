"""Half a character, NUL and a text of any length are kept or replaced and flagged; the record loads."""

from __future__ import annotations

import duckdb
import pytest

from tests.support import faults
from tests.support.warehouses import adds_up, five, ill, put

SEVEN = "NCT00000007"


@pytest.mark.quick(1)
@pytest.mark.fault(57)
@pytest.mark.parametrize("sent", [b"A half \\ud800", "A half \ufffd".encode()], ids=["half a pair", "lost before"])
def test_half_a_character_is_replaced_and_flagged(warehouse, sent):
    """A trial with half a character in a text loads with U+FFFD in its place; the text is flagged, and stays so."""
    warehouse.serve(*five(ill(7, title="A half")))
    report = warehouse.sync(faults.edited(lambda body: body.replace(b"A half", sent)))
    assert {name: report[name] for name in ("inserted", "quarantined", "problems", "newly_set_aside")} == {
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
def test_half_a_character_in_a_number_sets_its_record_aside(warehouse):
    """An NCT number with half a character in it is none, and costs its record alone."""
    warehouse.serve(*five(ill(7)))
    broken = faults.edited(lambda body: body.replace(SEVEN.encode(), b"NCT0000\\ud800"))
    report = warehouse.sync(broken)
    assert (report["inserted"], report["quarantined"], adds_up(report)) == (6, 1, True)


@pytest.mark.fault(57)
def test_nul_is_stored(warehouse):
    """NUL in a text is a character as any other."""
    warehouse.serve(*five(ill(7, title="NUL \x00 here")))
    assert warehouse.sync()["quarantined"] == 0
    assert warehouse.rows("select brief_title from trials where nct_id = $1", SEVEN) == [("NUL \x00 here",)]


@pytest.mark.slow
def test_a_very_long_record_loads(warehouse):
    """A record of sixty megabytes, some hundred times the longest of the registry, loads as any other."""
    summary = "protocolSection.descriptionModule.briefSummary"
    warehouse.serve(ill(1), put(ill(2), summary, "ab " * 20_000_000))
    assert warehouse.sync()["inserted"] == 2
    assert warehouse.rows("select length(brief_summary) from trials order by nct_id")[1] == (60_000_000,)
