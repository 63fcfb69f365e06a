"""`docs/aact.md` is true: its session is that of the product, and each of its statements does what the page says.

PostgreSQL 15 gave the same answers on the golden rows.
"""

from __future__ import annotations

import re
import shutil

import duckdb
import pytest

from tests.support.folders import DOCS
from warehouse.aact.asking import SESSION, run_aact_query
from warehouse.connect import open_read_only
from warehouse.errors import BadQuery

PAGE = (DOCS / "aact.md").read_text()


def read_statements(heading):
    """Return the SQL statements of a section of the page, each with the text of the comment at its end."""
    section = PAGE.partition(f"\n## {heading}\n")[2].partition("\n## ")[0]
    lines = "\n".join(re.findall(r"```sql\n(.*?)```", section, re.DOTALL)).splitlines()
    parts = [line.partition(";") for line in lines if line and not line.startswith("--")]
    return [(statement, comment.strip().removeprefix("--").strip()) for statement, _, comment in parts]


def read_pairs(heading):
    """Return the statements of a section in pairs: PostgreSQL's, and the one to write instead."""
    statements = [statement for statement, _ in read_statements(heading)]
    return list(zip(statements[::2], statements[1::2], strict=True))


@pytest.fixture(scope="module")
def session(aact_warehouse, tmp_path_factory):
    """The connection of any client that ran the session of the page.

    It opens a copy, because DuckDB shares settings among the connections of a process to one file.
    """
    copied = shutil.copyfile(aact_warehouse.path, tmp_path_factory.mktemp("session") / "aclf.duckdb")
    with duckdb.connect(str(copied), read_only=True) as connection:
        connection.execute(f"set timezone = 'UTC'; {SESSION}")
        yield connection


@pytest.fixture(scope="module")
def plain(aact_warehouse, tmp_path_factory):
    """The connection of a client that ran no settings."""
    copied = shutil.copyfile(aact_warehouse.path, tmp_path_factory.mktemp("plain") / "aclf.duckdb")
    with duckdb.connect(str(copied), read_only=True) as connection:
        yield connection


@pytest.fixture(scope="module")
def aact(aact_warehouse):
    """The connection of `aclf query --aact`."""
    with open_read_only(aact_warehouse.path, SESSION) as connection:
        yield connection


def answer_or_refused(run):
    """Return the result of a function, or `refused` if DuckDB or the product refuses the query."""
    try:
        return run()
    except (duckdb.Error, BadQuery):
        return "refused"


def run_statement(connection, statement):
    """Return names and rows as DuckDB gives them, or `refused`."""

    def run():
        result = connection.execute(statement)
        return [column[0] for column in result.description], result.fetchall()

    return answer_or_refused(run)


def run_as_aact(connection, statement):
    """Return names and rows as `--aact` gives them, or `refused`."""
    return answer_or_refused(lambda: run_aact_query(connection, statement))


def sort_rows(answer):
    """Return the rows of an answer as sorted texts."""
    return answer if answer == "refused" else sorted(str(row) for row in answer[1])


def test_session_of_the_page_is_that_of_the_product():
    """The page has the statements that `--aact` runs, in the same order."""
    assert [statement for statement, _ in read_statements("The session")] == SESSION.replace("\n", "").split(";")[:-1]


@pytest.mark.parametrize(("statement", "expected"), read_statements("What the session changes"))
def test_session_gives_the_answer_of_postgresql(session, plain, statement, expected):
    """After the session a statement gives the answer in its comment; without the session it does not."""
    assert ", ".join(show(value) for value in run_statement(session, statement)[1][0]) == expected
    assert run_statement(plain, statement) != run_statement(session, statement)


@pytest.mark.parametrize(("written", "instead"), read_pairs("What other clients rewrite by hand"))
def test_rewrite_by_hand_gives_the_answer_of_aact(session, aact, written, instead):
    """PostgreSQL's statement with `--aact` and the one to write instead agree; without `--aact` the first differs."""
    as_aact = run_as_aact(aact, written)
    assert sort_rows(as_aact) == sort_rows(run_statement(session, instead)) != "refused"
    assert run_statement(session, written) != as_aact


@pytest.mark.parametrize(("written", "instead"), read_pairs("What is not supported"))
def test_unsupported_statement_has_a_replacement(session, aact, written, instead):
    """The replacement gives one answer, with `--aact` or without; PostgreSQL's statement does not give that answer."""
    assert sort_rows(run_as_aact(aact, instead)) == sort_rows(run_statement(session, instead)) != "refused"
    assert run_as_aact(aact, written) != run_as_aact(aact, instead)


def test_every_public_macro_has_a_comment(session):
    """Each macro has a comment, except those that serve other macros; the page lists the macros by their comments."""
    macros = session.execute(
        "select function_name, comment from duckdb_functions() where schema_name = 'ctgov' and not internal"
    ).fetchall()
    assert len(macros) > 40
    assert [name for name, comment in macros if not comment and not name.startswith("aact_")] == []


def show(value):
    """Return a value as the page shows it."""
    if value is None:
        return "NULL"
    return str(value).lower() if isinstance(value, bool) else str(value)
