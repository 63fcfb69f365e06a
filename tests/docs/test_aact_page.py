"""`docs/aact.md` says what is so: its session is the product's, and each of its statements does what the page tells.

The answers were found the same with PostgreSQL 15 on the golden rows.
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


def statements(heading):
    """The SQL statements of a section of the page, without comments, each with what a comment at its end tells."""
    section = PAGE.partition(f"\n## {heading}\n")[2].partition("\n## ")[0]
    lines = "\n".join(re.findall(r"```sql\n(.*?)```", section, re.DOTALL)).splitlines()
    told = (line.partition(";") for line in lines if line and not line.startswith("--"))
    return [(statement, rest.strip().removeprefix("--").strip()) for statement, _, rest in told]


def pairs(heading):
    """The statements of a section by twos: PostgreSQL's, and what to write instead."""
    single = [statement for statement, _ in statements(heading)]
    return list(zip(single[::2], single[1::2], strict=True))


@pytest.fixture(scope="module")
def session(of_aact, tmp_path_factory):
    """What any client has that opened the file and ran the page's session; a copy, for settings go with the file."""
    copied = shutil.copyfile(of_aact.path, tmp_path_factory.mktemp("session") / "aclf.duckdb")
    with duckdb.connect(str(copied), read_only=True) as connection:
        connection.execute(f"set timezone = 'UTC'; {SESSION}")
        yield connection


@pytest.fixture(scope="module")
def plain(of_aact, tmp_path_factory):
    """What a client has that opened the file and ran nothing."""
    copied = shutil.copyfile(of_aact.path, tmp_path_factory.mktemp("plain") / "aclf.duckdb")
    with duckdb.connect(str(copied), read_only=True) as connection:
        yield connection


@pytest.fixture(scope="module")
def aact(of_aact):
    """What `aclf query --aact` asks."""
    with open_read_only(of_aact.path, SESSION) as connection:
        yield connection


def answer(ask):
    """What is answered; or that it is refused."""
    try:
        return ask()
    except (duckdb.Error, BadQuery):
        return "refused"


def asked(connection, statement):
    """Names and rows as DuckDB gives them."""

    def ask():
        result = connection.execute(statement)
        return [column[0] for column in result.description], result.fetchall()

    return answer(ask)


def asked_as_aact(connection, statement):
    """Names and rows as `--aact` gives them."""
    return answer(lambda: run_aact_query(connection, statement))


def rows(found):
    """The rows of an answer, as texts in any order."""
    return found if found == "refused" else sorted(str(row) for row in found[1])


def test_the_session_is_the_products():
    """The page's session is the one that `--aact` runs, statement by statement."""
    assert [statement for statement, _ in statements("The session")] == SESSION.replace("\n", "").split(";")[:-1]


@pytest.mark.parametrize(("statement", "told"), statements("What the session mends"))
def test_what_the_session_mends(session, plain, statement, told):
    """After the session a statement gives what its comment tells; without it, not."""
    assert ", ".join(shown(value) for value in asked(session, statement)[1][0]) == told
    assert asked(plain, statement) != asked(session, statement)


@pytest.mark.parametrize(("written", "instead"), pairs("What other clients rewrite by hand"))
def test_what_is_rewritten_by_hand(session, aact, written, instead):
    """PostgreSQL's statement and the one to write instead have one answer, which the first has not without `--aact`."""
    as_aact = asked_as_aact(aact, written)
    assert rows(as_aact) == rows(asked(session, instead)) != "refused"
    assert asked(session, written) != as_aact


@pytest.mark.parametrize(("written", "instead"), pairs("What is not taken over"))
def test_what_is_not_taken_over(session, aact, written, instead):
    """What to write instead has one answer, with `--aact` and without; PostgreSQL's statement has not that answer."""
    assert rows(asked_as_aact(aact, instead)) == rows(asked(session, instead)) != "refused"
    assert asked_as_aact(aact, written) != asked_as_aact(aact, instead)


def test_every_macro_says_what_it_is_for(session):
    """Each macro that is not only for the others' use has a comment, and so is in the list that the page tells of."""
    macros = session.execute(
        "select function_name, comment from duckdb_functions() where schema_name = 'ctgov' and not internal"
    ).fetchall()
    assert len(macros) > 40
    assert [name for name, comment in macros if not comment and not name.startswith("aact_")] == []


def shown(value):
    """A value as the page shows it."""
    return "NULL" if value is None else str(value).lower() if isinstance(value, bool) else str(value)
