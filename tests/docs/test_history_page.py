"""`docs/history.md` is true: its statements run on the sample, and its way to forget old records works."""

from __future__ import annotations

import re

import duckdb
import pytest

from flows import pipeline
from tests.support.folders import DOCS
from tests.support.three_nights import SEVEN, sync_three_nights

PAGE = (DOCS / "history.md").read_text()
STATEMENTS = re.findall(r"```sql\n(.*?)```", PAGE, re.DOTALL)
FORGET = re.search(r'duckdb .aclf/store.duckdb "(.*?)"', PAGE, re.DOTALL)


@pytest.mark.parametrize("statement", STATEMENTS)
def test_statement_of_the_page_runs(aclf_after_both_nights, statement):
    """Any client can run each statement."""
    assert aclf_after_both_nights.rows(f"select count(*) >= 0 from ({statement.strip().removesuffix(';')})") == [
        (True,)
    ]


def test_update_dates_are_among_the_fields_that_change_most(aclf_after_both_nights):
    """Two trials of the sample have a new update date."""
    most = next(statement for statement in STATEMENTS if "limit 20" in statement)
    path = "protocolSection.statusModule.lastUpdatePostDateStruct.date"
    assert (path, 2, 2) in aclf_after_both_nights.rows(most)


def test_every_table_on_the_page_exists(aclf_after_both_nights):
    """The first column of the table on the page names tables and views of `main`."""
    section = PAGE.partition("| in `main` |")[2].partition("\n\n")[0]
    cells = [line.split("|")[1] for line in section.splitlines() if line.startswith("| `")]
    named = {name for cell in cells for name in re.findall(r"`(\w+)", cell)}
    existing = {
        name
        for (name,) in aclf_after_both_nights.rows(
            "select table_name from information_schema.tables where table_schema = 'main'"
        )
    }
    assert len(named) > 10
    assert named - existing == {"trials_as_of"}


@pytest.mark.slow
def test_old_records_can_be_forgotten(make_warehouse):
    """After the statement of the page and a rebuild, the versions keep their times, but not their fields."""
    warehouse = make_warehouse()
    sync_three_nights(warehouse)
    assert FORGET
    with duckdb.connect(str(warehouse.folder / ".aclf" / "store.duckdb")) as store:
        store.execute(FORGET[1].replace("2025-01-01", "2026-10-03"))
    pipeline.rebuild(warehouse.job("rebuild"))
    count = "select count(*) from {} where nct_id = $1"
    assert [warehouse.rows(count.format(table), SEVEN) for table in ("trial_versions", "trial_history", "trials")] == [
        [(3,)],
        [(1,)],
        [(1,)],
    ]
    assert warehouse.rows("select distinct version from trial_changes where nct_id = $1", SEVEN) == []
