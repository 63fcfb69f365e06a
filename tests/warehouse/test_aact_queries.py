"""SQL that analysts write for AACT's PostgreSQL runs on the published file unchanged, with PostgreSQL's answer.

Each file of `tests/data/aact_queries` is such a query on the golden studies. The CSV beside it is the answer, worked
out by hand. Each file of `tests/data/aact_scripts` asks about JSON or periods, or makes tables of its own, and its CSV
is the answer of PostgreSQL 15. Where a PostgreSQL is installed, it is asked again. In the CSV `NULL` is NULL, and a
list is JSON.
"""

from __future__ import annotations

import csv
import json
import math
import re
import subprocess
import sys
from datetime import date
from decimal import Decimal

import pytest

from tests.support.command_line import CommandLine
from tests.support.folders import DATA
from warehouse.aact.asking import SESSION, run_aact_query
from warehouse.connect import open_read_only

QUERIES = sorted((DATA / "aact_queries").glob("*.sql"))
SCRIPTS = sorted((DATA / "aact_scripts").glob("*.sql"))
TABLES = sorted(file.stem for file in (DATA / "golden" / "aact" / "ctgov").glob("*.csv"))
VIEWS = [
    *("all_browse_conditions", "all_browse_interventions", "all_cities", "all_conditions", "all_countries"),
    *("all_design_outcomes", "all_facilities", "all_group_types", "all_id_information", "all_intervention_types"),
    *("all_interventions", "all_keywords", "all_overall_official_affiliations", "all_overall_officials"),
    *("all_primary_outcome_measures", "all_secondary_outcome_measures", "all_sponsors", "all_states"),
    *("categories", "covid_19_studies"),
]
OTHER_VIEWS = [
    # tables of AACT's that are views here, and PostgreSQL's own
    *("search_results", "search_terms", "search_term_results", "mesh_terms"),
    *("pg_stat_user_tables", "information_schema_columns", "aact_row_counts"),
]


@pytest.fixture
def connection(aact_warehouse):
    """A new connection of `aclf query --aact` to the warehouse of the golden studies, with its session locked."""
    with open_read_only(aact_warehouse.path, SESSION) as opened:
        yield opened


@pytest.mark.parametrize("query", [*QUERIES, *SCRIPTS], ids=lambda query: query.stem)
def test_query_returns_its_answer(connection, query):
    """The columns have PostgreSQL's names, and the rows have PostgreSQL's values in its order."""
    assert_answer(query, *run_aact_query(connection, query.read_text()))


@pytest.mark.parametrize("query", [*QUERIES, *SCRIPTS], ids=lambda query: query.stem)
def test_postgres_gives_the_same_answer(postgres, query):
    """A real PostgreSQL gives the names and rows of the CSV for the same rows; skipped where none is installed."""
    assert_answer(query, *postgres.fetch(query.read_text()))


def test_queries_use_every_table_and_view():
    """Forty queries name all 46 tables and all 20 views."""
    words = {word for query in QUERIES for word in re.findall(r"\w+", query.read_text().lower())}
    assert (len(QUERIES), len(TABLES), len(VIEWS)) == (40, 46, 20)
    assert [name for name in [*TABLES, *VIEWS] if name not in words] == []


def test_views_are_those_of_aact(connection):
    """`ctgov` has AACT's views under AACT's names, some of its tables as views, and PostgreSQL's catalog."""
    names = connection.execute("select view_name from duckdb_views() where schema_name = 'ctgov' order by 1").fetchall()
    assert [name for (name,) in names] == sorted([*VIEWS, *OTHER_VIEWS])


def test_command_line_runs_aact_queries(aact_warehouse):
    """`aclf query --aact` takes a statement or a file, and prints in the same forms as `aclf query`."""
    aclf = CommandLine(aact_warehouse.folder)
    assert aclf("query", "--aact", "SELECT COUNT(*), 7 / 2 AS Half FROM studies").out == "count,half\n4,3\n"
    assert aclf("query", "--aact", "-f", QUERIES[1], "--json").document[0] == {
        "agency_class": None,
        "leads": 1,
        "all_roles": 1,
        "percent_leads": 100,
    }


def test_other_commands_do_not_import_the_parser():
    """The command line, the query and the schema work without sqlglot, which is slow to import."""
    modules = "sys, flows.cli.commands, warehouse.reading.query, warehouse.schema"
    program = f"import {modules}; print('sqlglot' in sys.modules)"
    done = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=True)
    assert done.stdout == "False\n"


REFUSED = {
    # a statement, and the part of the message that says why it is refused
    "": "there is no SQL",
    "delete from studies": "only queries can be run",
    "select * from studies group by phase where phase is null": 'syntax error at or near "where"',
    "create table mine as select 1 as x": "only queries can be run",
    "set integer_division = false; select 1": "only queries can be run",
    "select 1; drop table studies": "only queries can be run",
    "drop table studies; select 1": "read-only",
    "with gone as (delete from studies returning *) select * from gone": "DuckDB says",
    "select * into mine from studies": "only queries can be run",
    "select * from read_csv('/etc/passwd')": "disabled",
    "create table mine as select * from read_csv('/etc/passwd'); select * from mine": "disabled",
    "select nct_id from studies where (": "cannot be read as PostgreSQL",
    "select 'unfinished": "cannot be read as PostgreSQL",
    "\\d studies": "cannot be read as PostgreSQL",
    "select no_such_column from studies": "no_such_column",
    "select 1 where not 'a' ~ any (array['b'])": "mean different things",
}


@pytest.mark.quick(3)
@pytest.mark.parametrize("query", REFUSED)
def test_statement_that_is_not_one_query_is_refused(aact_warehouse, query):
    """A statement that writes or cannot be parsed ends with 2 and one line that says what to do; nothing changes."""
    aclf = CommandLine(aact_warehouse.folder)
    before = aclf.published()
    run = aclf("query", "--aact", query)
    assert run.code == 2, run
    assert run.out == ""
    assert run.err.startswith("aclf: ")
    assert run.err.count("\n") == 1, run.err
    assert REFUSED[query] in run.err
    assert aclf.published() == before


def assert_answer(query, found_names, found):
    """Assert that the names and rows are those of the CSV beside the query."""
    with query.with_suffix(".csv").open(newline="") as file:
        names, *expected = list(csv.reader(file))
    assert found_names == names
    assert [[normalise_value(value) for value in row] for row in found] == [
        [parse_cell(text, value) for text, value in zip(row, found_row, strict=True)]
        for row, found_row in zip(expected, found, strict=True)
    ]


def normalise_value(value):
    """Return a value in the form in which it is compared."""
    if isinstance(value, Decimal):
        return float(value)
    if isinstance(value, str) and value[:1] in {"[", "{"}:
        try:
            return json.loads(value)
        except ValueError:
            return value
    return value.isoformat() if isinstance(value, date) else value


def parse_cell(text, found):
    """Return the value of a cell of an answer, in the form of the found value; numbers are compared to nine digits."""
    if text == "NULL":
        return None
    if isinstance(found, bool):
        return {"true": True, "false": False}[text]
    if isinstance(found, int | float | Decimal):
        return normalise_value(found) if math.isclose(float(text), found, rel_tol=1e-9) else float(text)
    return json.loads(text) if isinstance(normalise_value(found), list | dict) else text
