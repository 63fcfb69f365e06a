"""A database gets the tables of the file, whatever tables an earlier version made there."""

from __future__ import annotations

from dataclasses import replace

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from warehouse.sql.files import read_sql
from warehouse.targets.postgresql_tables import list_table_changes
from warehouse.targets.postgresql_values import map_type
from warehouse.targets.source import SourceColumn, SourceTable

TRIALS = SourceTable(
    "main",
    "trials",
    "The trials.",
    (SourceColumn("nct_id", "VARCHAR", None), SourceColumn("enrollment", "BIGINT", None)),
)
THERE = [("main", "trials", "nct_id", "text"), ("main", "trials", "enrollment", "bigint")]


def test_an_empty_database_gets_every_table():
    """A table is created with PostgreSQL's types."""
    assert list_table_changes([TRIALS], []) == ['create table "main"."trials" ("nct_id" text, "enrollment" bigint)']


def test_the_same_tables_need_no_statement():
    """Nothing is altered from one night to the next, because that would lock readers out."""
    assert list_table_changes([TRIALS], THERE) == []


def test_a_column_of_another_type_is_dropped_and_added():
    """A conversion would write the table again, and older transactions would find it empty."""
    columns = (TRIALS.columns[0], replace(TRIALS.columns[1], data_type="DOUBLE"))
    assert list_table_changes([replace(TRIALS, columns=columns)], THERE) == [
        'alter table "main"."trials" drop column "enrollment"',
        'alter table "main"."trials" add column "enrollment" numeric',
    ]


def test_a_table_that_is_no_more_is_dropped():
    """An earlier version's table does not stay behind."""
    assert list_table_changes([], THERE) == ['drop table "main"."trials"']


NAMES = st.sampled_from(["nct_id", "left", "a b", 'quoted "name"'])
TYPES = st.sampled_from(["VARCHAR", "VARCHAR[]", "BIGINT", "DOUBLE", "JSON", "MAP(VARCHAR, DOUBLE)", "TIMESTAMP"])
COLUMNS = st.lists(st.builds(SourceColumn, NAMES, TYPES, st.none()), min_size=1, unique_by=lambda column: column.name)
TABLES = st.lists(
    st.builds(SourceTable, st.sampled_from(["main", "ctgov"]), NAMES, st.none(), COLUMNS.map(tuple)),
    unique_by=lambda table: (table.schema, table.name),
)


@settings(max_examples=30, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(before=TABLES, after=TABLES)
def test_any_tables_become_any_others(team_database, before, after):
    """After the changes the columns are those of the file, and a second look finds nothing to change."""
    for schema in ("main", "ctgov"):
        team_database.fetch(f"drop schema if exists {schema} cascade; create schema {schema}")
    for tables in (before, after):
        for statement in list_table_changes(tables, list_columns(team_database)):
            team_database.fetch(statement)
        assert set(list_columns(team_database)) == {
            (table.schema, table.name, column.name, map_type(column.data_type))
            for table in tables
            for column in table.columns
        }
        assert list_table_changes(tables, list_columns(team_database)) == []


def list_columns(team_database):
    query = read_sql("targets", "list_columns")
    return team_database.reader.execute(query.encode(), [["main", "ctgov"]]).fetchall()
