"""A database's password is in no output, file, table, command line or log, whatever fails."""

from __future__ import annotations

import signal
import subprocess
from contextlib import suppress
from pathlib import Path

import duckdb
import pytest
from tenacity import Retrying, retry_if_exception_type, stop_after_delay, wait_fixed

from tests.support.command_line import CommandLine, wait_for_end
from tests.support.database_server import PASSWORD, READER, READER_PASSWORD
from tests.support.warehouses import make_five_members, make_member_study

SECRET = "hunter2"
"""Every password of these tests begins with it."""

FAILURES = {
    "none": {},
    "wrong password": {"password": f"{SECRET}-that-is-wrong"},
    "no such database": {"database": "nothing"},
    "no such user": {"user": "nobody"},
    "no such reader": {"options": "?reader=nobody_here"},
    "no server": {"port": 9},
    "no encryption": {"options": "?sslmode=require"},
    "no permission": {"user": READER, "password": READER_PASSWORD},
    "an unknown option": {"options": "?no_such_option=1"},
    "a connection that is cut": {"cut": True},
}
SEARCHED = "also published to"
LONGEST_SECONDS = 60
BETWEEN_LOOKS_SECONDS = 0.05


@pytest.fixture
def aclf(warehouse) -> CommandLine:
    """Return the command line in the folder of a warehouse that was synced once."""
    warehouse.serve(*make_five_members())
    warehouse.sync()
    settings = {"ACLF_REGISTRY": warehouse.server.url, "ACLF_CONDITION_SET": "made.toml"}
    aclf = CommandLine(warehouse.folder, **settings)
    # The fixture of the database sets it for this process.
    aclf.environment.pop("PGPASSWORD", None)
    return aclf


def make_address(team_database, change):
    """Return the address of a database, with the change that makes a publish to it fail."""
    server = team_database.server
    database, user = change.get("database", team_database.name), change.get("user", "aact")
    address = server.make_address(database, user, change.get("options", ""))
    return address.replace(str(server.port), str(change.get("port", server.port)))


def keep_in_environment(_folder, password):
    """Return the environment of a user who has the password there."""
    return {"PGPASSWORD": password}


def keep_in_file(folder, password):
    """Return the environment of a user who has the password in a file of libpq."""
    file = folder / "pgpass"
    file.write_text(f"*:*:*:*:{password}\n")
    file.chmod(0o600)
    return {"PGPASSFILE": str(file)}


@pytest.mark.parametrize("keep", [keep_in_environment, keep_in_file], ids=["PGPASSWORD", ".pgpass"])
@pytest.mark.parametrize("failure", FAILURES)
@pytest.mark.quick(2)
def test_a_password_is_nowhere(team_database, warehouse, aclf, tmp_path_factory, failure, keep):
    """A publish with its own command, and one after a sync; then `aclf status` and `aclf runs` are read too."""
    change, seen = FAILURES[failure], []
    address, log_before = make_address(team_database, change), len(team_database.server.log)
    settings = keep(tmp_path_factory.mktemp("home"), change.get("password", PASSWORD))
    if change.get("cut"):
        published = aclf("publish", "--to", address, **settings)
        assert published.code == 0, published
    warehouse.serve(*make_five_members(make_member_study(8)))
    for command in (
        ["sync", "--direct", "--json", "--publish-to", address],
        ["publish", "--full", "--to", address],
    ):
        if change.get("cut"):
            run, lines = publish_and_cut(team_database, aclf, command, settings)
        else:
            run, lines = watch(aclf.start(*command, **settings))
        assert lines
        assert SECRET not in lines
        seen.append(run)
    said = [aclf(*command, **settings) for command in (["status"], ["runs", "--json"])]
    assert any(run.code for run in seen) == (failure != "none")
    assert (failure != "none") == ("; failed on " in said[0].out)
    for run in [*seen, *said]:
        assert SECRET not in run.out + run.err, run
    assert find_files(warehouse.folder) == []
    assert find_rows(warehouse.folder / ".aclf" / "store.duckdb") == []
    assert find_rows(warehouse.path) == []
    assert SECRET not in team_database.server.log[log_before:]


@pytest.mark.flow
@pytest.mark.timeout(240)
@pytest.mark.parametrize("keep", [keep_in_environment, keep_in_file], ids=["PGPASSWORD", ".pgpass"])
@pytest.mark.quick(1)
def test_a_password_is_not_in_prefect(team_database, warehouse, aclf, tmp_path_factory, keep):
    """A flow run with a target that is written and one that fails leaves none in Prefect's home and database."""
    warehouse.serve(*make_five_members(make_member_study(8)))
    home = tmp_path_factory.mktemp("prefect")
    settings = keep(tmp_path_factory.mktemp("home"), PASSWORD) | {"PREFECT_HOME": str(home)}
    targets = ["--publish-to", team_database.address, "--publish-to", make_address(team_database, {"user": "nobody"})]
    run, lines = watch(aclf.start("sync", *targets, **settings))
    assert run.code == 0, run
    assert "password authentication failed" in run.err
    assert SECRET not in run.out + run.err + lines
    written = [file for file in home.rglob("*") if file.is_file()]
    assert any("prefect.db" in file.name and SEARCHED.encode() in file.read_bytes() for file in written), written
    assert find_files(home) == find_files(warehouse.folder) == []


def test_an_interrupt_says_that_the_file_is_published(team_database, warehouse, aclf):
    """Ctrl-C while a database is written ends the command; the data is published, and the database has its old run."""
    settings = {"PGPASSWORD": PASSWORD}
    assert aclf("publish", "--to", team_database.address, **settings).code == 0
    warehouse.serve(*make_five_members(make_member_study(8)))
    with hold_tables(team_database):
        process = aclf.start("sync", "--direct", "--publish-to", team_database.address, **settings)
        wait_until_blocked(team_database)
        process.send_signal(signal.SIGINT)
        ended = wait_for_end(process)
    assert (ended.code, ended.err.count("\n")) == (130, 1), ended
    assert "was interrupted; the warehouse file is published, and no target holds half a run; " in ended.err
    assert warehouse.rows("select count(*) from trials") == [(6,)]
    assert team_database.fetch("select run_id from ops.target") == [(1,)]
    assert aclf("publish", "--to", team_database.address, **settings).code == 0
    assert team_database.differs_from(warehouse) == {}


def publish_and_cut(team_database, aclf, command, settings):
    """Run a command whose connection is cut while it waits for a table."""
    cut = "select pg_terminate_backend(pid) from pg_stat_activity where application_name = 'aclf publish'"
    with hold_tables(team_database):
        process = aclf.start(*command, **settings)
        wait_until_blocked(team_database)
        team_database.fetch(cut)
        return watch(process)


def hold_tables(team_database):
    """Hold a table that a publish writes, until the block ends."""
    connection = team_database.server.connect(team_database.name)
    connection.execute(b"lock table ctgov.studies in access exclusive mode")
    return connection


def wait_until_blocked(team_database):
    """Wait until a publish waits for a table."""
    waiting = "select 1 from pg_stat_activity where application_name = 'aclf publish' and wait_event_type = 'Lock'"
    for attempt in Retrying(
        retry=retry_if_exception_type(AssertionError),
        stop=stop_after_delay(LONGEST_SECONDS),
        wait=wait_fixed(0.05),
        reraise=True,
    ):
        with attempt:
            assert team_database.fetch(waiting)


def watch(process):
    """Return how a process ended, and the command lines that `ps` showed of it and its children meanwhile."""
    lines = set()
    while process.poll() is None:
        lines |= {read_command_line(pid) for pid in list_family(process.pid)}
        with suppress(subprocess.TimeoutExpired):
            process.wait(BETWEEN_LOOKS_SECONDS)
    return wait_for_end(process), "\n".join(lines)


def list_family(pid):
    """Return a process and all its descendants."""
    parents = {}
    for folder in Path("/proc").glob("[0-9]*"):
        try:
            parents[int(folder.name)] = int((folder / "stat").read_text().rpartition(")")[2].split()[1])
        except OSError:
            continue  # it has ended
    family = {pid}
    while more := {child for child, parent in parents.items() if parent in family} - family:
        family |= more
    return family


def read_command_line(pid):
    try:
        return Path(f"/proc/{pid}/cmdline").read_bytes().replace(b"\0", b" ").decode()
    except OSError:
        return ""


def find_files(folder):
    """Return the files in a folder that hold a secret."""
    return [path for path in folder.rglob("*") if path.is_file() and SECRET.encode() in path.read_bytes()]


def find_rows(file):
    """Return the rows of a DuckDB file with a secret, which its bytes may hide because texts are compressed."""
    with duckdb.connect(str(file), read_only=True) as connection:
        names = "select schema_name || '.' || table_name from duckdb_tables() where not internal"
        tables = [name for (name,) in connection.execute(names).fetchall()]
        return [row for table in tables for row in connection.execute(f"from {table}").fetchall() if SECRET in str(row)]
