"""AACT's newest tables, and PostgreSQL's views of its own tables, answer about this warehouse."""

from __future__ import annotations

import pytest

from warehouse.aact.asking import SESSION, run_aact_query
from warehouse.connect import open_read_only

TYPES = {
    # columns of AACT's, with PostgreSQL's names of their types
    ("studies", "nct_id"): ("character varying", "varchar"),
    ("studies", "start_date"): ("date", "date"),
    ("studies", "enrollment"): ("integer", "int4"),
    ("studies", "has_dmc"): ("boolean", "bool"),
    ("studies", "created_at"): ("timestamp without time zone", "timestamp"),
    ("outcome_analyses", "p_value"): ("double precision", "float8"),
    ("outcome_analyses", "param_value"): ("numeric", "numeric"),
    ("outcomes", "id"): ("bigint", "int8"),
}
ONE_TEXT = {"character varying": "text", "varchar": "text", "_varchar": "_text"}
"""AACT has both types for texts, which PostgreSQL treats alike; DuckDB has one."""

ALL_TYPES = """
select table_name, column_name, ordinal_position, data_type, columns.udt_name, numeric_scale, datetime_precision
from information_schema.columns
where table_schema = 'ctgov' and table_name !~ '^(pg_|information_|aact_)'
order by table_name, ordinal_position
"""


@pytest.fixture(scope="module")
def connection(aact_warehouse):
    """The connection of `aclf query --aact` to the warehouse of the golden studies."""
    with open_read_only(aact_warehouse.path, SESSION) as opened:
        yield opened


@pytest.fixture(scope="module")
def ask(connection):
    """Return the rows of a query written for AACT."""
    return lambda query: run_aact_query(connection, query)[1]


def test_search_is_the_condition_set(ask):
    """`search_terms` names the condition set, and joined to `search_term_results` it has the trials of the set."""
    query = """
    select t.term, t."group", count(*), count(distinct r.id), bool_and(r.created_at = t.created_at)
    from search_terms t join search_term_results r on r.search_term_id = t.id group by 1, 2
    """
    assert ask(query) == [("everything", "condition set", 4, 4, True)]
    outside = (
        "select count(*) from trials where in_condition_set <> (nct_id in (select nct_id from search_term_results))"
    )
    assert ask(outside) == [(0,)]


def test_mesh_terms_are_those_of_the_records(ask):
    """Each term of `browse_conditions` and `browse_interventions` is in `mesh_terms` once, under its own number."""
    query = """
    select count(*) = count(distinct id), count(*) = count(distinct downcase_mesh_term), count(*) from mesh_terms
    """
    used = "(select mesh_term from browse_conditions union select mesh_term from browse_interventions) t"
    assert ask(query) == [(True, True, ask(f"select count(*) from {used}")[0][0])]
    assert ask("select mesh_term from browse_conditions except select mesh_term from mesh_terms") == []
    assert ask("select id, mesh_id from mesh_terms where mesh_term = 'Liver Failure'") == [(680000017093, "D017093")]


def test_tables_tell_their_numbers_of_rows(connection, ask):
    """`pg_stat_user_tables` has every table of AACT with its number of rows, with and without its schema's name."""
    for source in ("pg_stat_user_tables", "pg_catalog.pg_stat_user_tables"):
        found = dict(ask(f"select relname, n_live_tup from {source} where schemaname = 'ctgov'"))
        assert len(found) > 60
        assert {
            name: connection.execute(f'select count(*) from ctgov."{name}"').fetchone()[0] for name in found
        } == found


@pytest.mark.parametrize("column", TYPES, ids=".".join)
def test_columns_have_the_types_of_postgresql(ask, column):
    """`information_schema.columns` has PostgreSQL's names of the types that AACT's columns have."""
    table, name = column
    query = "select data_type, udt_name from information_schema.columns where table_schema = 'ctgov'"
    assert ask(f"{query} and table_name = '{table}' and column_name = '{name}'") == [TYPES[column]]


def test_columns_are_those_that_postgresql_has(ask, postgres):
    """A real PostgreSQL to which the file is published tells the same of each column, texts aside."""
    told, there = (
        [tuple(ONE_TEXT.get(value, value) for value in column) for column in columns]
        for columns in (ask(ALL_TYPES), postgres.fetch(ALL_TYPES)[1])
    )
    assert told == there
