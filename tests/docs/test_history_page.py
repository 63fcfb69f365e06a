"""`docs/history.md` says what is so: its statements run on the sample, and what it tells to forget is forgotten."""

from __future__ import annotations

import re

import duckdb
import pytest

from flows import pipeline
from tests.support.folders import DOCS
from tests.support.three_nights import SEVEN, live_three_nights

PAGE = (DOCS / "history.md").read_text()
STATEMENTS = re.findall(r"```sql\n(.*?)```", PAGE, re.DOTALL)
FORGET = re.search(r'duckdb .aclf/store.duckdb "(.*?)"', PAGE, re.DOTALL)


@pytest.mark.parametrize("statement", STATEMENTS)
def test_a_statement_of_the_page_runs(both_nights, statement):
    """Each statement is answered by any client."""
    assert both_nights.rows(f"select count(*) >= 0 from ({statement.strip().removesuffix(';')})") == [(True,)]


def test_the_fields_that_change_most(both_nights):
    """The update dates lead the sample's list: of the trials that changed, two carry a new one."""
    most = next(statement for statement in STATEMENTS if "limit 20" in statement)
    path = "protocolSection.statusModule.lastUpdatePostDateStruct.date"
    assert (path, 2, 2) in both_nights.rows(most)


def test_every_table_that_the_page_names_is_there(both_nights):
    """The first column of its table of tables names what is in `main`."""
    section = PAGE.partition("| in `main` |")[2].partition("\n\n")[0]
    cells = [line.split("|")[1] for line in section.splitlines() if line.startswith("| `")]
    named = {name for cell in cells for name in re.findall(r"`(\w+)", cell)}
    there = {
        name
        for (name,) in both_nights.rows("select table_name from information_schema.tables where table_schema = 'main'")
    }
    assert len(named) > 10
    assert named - there == {"trials_as_of"}


@pytest.mark.slow
def test_old_records_can_be_let_go(new_warehouse):
    """After the page's statement and a rebuild, the versions are there with their times, and their fields are not."""
    warehouse = new_warehouse()
    live_three_nights(warehouse)
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
