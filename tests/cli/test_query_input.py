"""`aclf query` takes its SQL from an argument, a file or standard input."""

from __future__ import annotations

import subprocess

import pytest

from tests.support.command_line import ACLF, CommandLine


@pytest.fixture(scope="module")
def reader(first_night_folder):
    """Return the command line of a warehouse with the sample's first night, only for reading."""
    return CommandLine(first_night_folder)


def test_a_statement_can_be_read_from_a_file(reader, tmp_path):
    """-f reads the statement, which may have lines, comments and a semicolon at its end."""
    file = tmp_path / "question.sql"
    file.write_text("-- the seed\nselect nct_id\nfrom trials\nwhere start_date = '2019-10-01';\n")
    assert reader("query", "-f", file).out == "nct_id\nNCT03863002\n"


@pytest.mark.parametrize("encoding", ["utf-8-sig", "utf-16", "utf-32"])
def test_a_file_of_a_windows_editor_is_read(reader, tmp_path, encoding):
    """A byte order mark says how the file is encoded, and is no part of the SQL."""
    file = tmp_path / "question.sql"
    file.write_bytes("select 'é' as x; -- the end\r\n".encode(encoding))
    assert reader("query", "-f", file).out == "x\né\n"


def test_a_file_without_a_mark_that_is_not_utf8_is_refused(reader, tmp_path):
    """UTF-16 without its mark, and a code page, are refused in a sentence."""
    file = tmp_path / "question.sql"
    for data in ("select 1 as x".encode("utf-16-le"), "select 'é' as x".encode("cp1252")):
        file.write_bytes(data)
        run = reader("query", "-f", file)
        assert (run.code, run.err.count("\n")) == (2, 1)
        assert "the statement is not UTF-8" in run.err


def test_the_last_of_several_statements_is_printed(reader):
    """Statements before the last may make a table in memory; the command writes no file."""
    before = reader.files(), reader.published()
    run = reader(
        "query", "create table mine as select 1 as x; insert into mine values (2); from mine order by x -- end"
    )
    assert (run.code, run.out) == (0, "x\n1\n2\n")
    assert (reader.files(), reader.published()) == before


@pytest.mark.parametrize("arguments", [[], ["-"], ["-f", "-"]], ids=["a pipe", "-", "-f -"])
def test_a_statement_can_come_from_standard_input(reader, arguments):
    """As for `psql`, `sqlite3` and `duckdb`: a pipe alone, or where `-` says so."""
    done = subprocess.run(
        [ACLF, "query", *arguments],
        input="select 1 as x; -- first\nselect 'é' as x".encode(),
        cwd=reader.folder,
        env=reader.environment,
        capture_output=True,
        check=False,
    )
    assert (done.returncode, done.stdout.decode(), done.stderr) == (0, "x\né\n", b"")


def test_an_argument_wins_over_a_pipe(reader):
    """A command in a script keeps its SQL, whatever stands at its standard input."""
    done = subprocess.run(
        [ACLF, "query", "select 1 as x"],
        input=b"select 2 as x",
        cwd=reader.folder,
        env=reader.environment,
        capture_output=True,
        check=False,
    )
    assert done.stdout == b"x\n1\n"


def test_no_sql_on_a_terminal_is_explained(reader):
    """Nobody waits at a terminal for a command that waits for SQL."""
    shown = " ".join(reader.on_a_terminal("query").split())
    assert shown.startswith("aclf: there is no SQL; nothing was changed; give it as in")
