"""`aclf publish` brings targets in step; `aclf status` and `aclf runs` say what each of them holds."""

from __future__ import annotations

import subprocess
import sys
import venv
from pathlib import Path

import pytest

from extract.printable import hide_passwords
from tests.support.command_line import CommandLine, wait_for_end
from tests.support.database_server import PASSWORD
from tests.support.folders import ROOT
from tests.support.warehouses import make_five_members, make_member_study

NOWHERE = "postgresql://aact@127.0.0.1:9/nowhere"
DONE, FAILED, REFUSED = 0, 1, 2


@pytest.fixture
def aclf(warehouse) -> CommandLine:
    """Return the command line in the folder of a warehouse that was synced once."""
    warehouse.serve(*make_five_members())
    warehouse.sync()
    return CommandLine(warehouse.folder, PGPASSWORD=PASSWORD)


def test_what_became_of_each_target_is_printed(team_database, warehouse, aclf):
    """First everything, then nothing, then what has changed, and everything again where it is asked for."""
    address = team_database.address
    # A user's name is not printed, because it is where some people put a password.
    shown = hide_passwords(address)
    first, again = aclf("publish", "--to", address), aclf("publish", "--to", address)
    assert (first.code, first.err, first.out.startswith(f"{shown}: run 1, everything, ")) == (DONE, "", True)
    assert (again.code, again.out) == (DONE, f"{shown}: holds run 1 already\n")
    warehouse.serve(*make_five_members(make_member_study(8)))
    warehouse.sync()
    night, full = aclf("publish", "--to", address), aclf("publish", "--to", address, "--full", "--json")
    assert night.out.startswith(f"{shown}: run 2, what changed since run 1, ")
    (document,) = full.document
    assert (document["run_id"], document["previous_run"], document["is_whole"]) == (2, 2, True)
    assert set(document) == {"target", "run_id", "previous_run", "is_whole", "rows", "seconds", "failure"}
    assert team_database.differs_from(warehouse) == {}


def test_one_that_fails_ends_with_1_and_the_other_is_written(team_database, aclf, tmp_path):
    """Here the target is the command's own work, so its failure is the exit code."""
    folder = tmp_path / "web"
    ended = aclf("publish", "--to", NOWHERE, "--to", team_database.address, "--to", folder)
    assert ended.code == FAILED
    assert len(ended.out.splitlines()) == 2
    assert ended.err.count("\n") == 1
    assert "Connection refused" in ended.err
    assert team_database.fetch("select run_id from ops.target") == [(1,)]
    assert (folder / "latest.json").exists()


def test_what_cannot_be_a_target_ends_with_2(warehouse, aclf, tmp_path):
    """An address that is none, and a folder without a warehouse."""
    assert aclf("publish", "--to", "mysql://db/aact").code == REFUSED
    assert aclf("publish").code == REFUSED
    empty = CommandLine(tmp_path / "empty", PGPASSWORD=PASSWORD)
    ended = empty("publish", "--to", NOWHERE)
    assert (ended.code, ended.err.count("\n")) == (REFUSED, 1)
    assert "there is no warehouse" in ended.err


def test_status_and_runs_say_what_each_target_holds(team_database, warehouse, aclf):
    """A night behind, a failure and a target that is forgotten can be seen without asking a server."""
    address = team_database.address
    aclf("publish", "--to", address)
    warehouse.serve(*make_five_members(make_member_study(8)))
    warehouse.sync()
    aclf("publish", "--to", address, PGPASSWORD="wrong")
    (line,) = [line for line in aclf("status").out.splitlines() if "also published to" in line]
    assert f"{hide_passwords(address)}: run 1 since " in line
    assert "; failed on " in line
    assert "password authentication failed" in line
    (held,) = aclf("status", "--json").document["targets"]
    assert (held["target"], held["run_id"]) == (address, 1)
    assert "password authentication failed" in held["failure"]
    assert [run["held_by"] for run in aclf("runs", "--json").document] == [[], [address]]
    assert hide_passwords(address) in aclf.on_a_terminal("runs", columns=400)
    forgotten = aclf("publish", "--to", address, "--forget")
    assert (forgotten.code, forgotten.out) == (
        DONE,
        f"{hide_passwords(address)} is named no more; what it holds stays there.\n",
    )
    assert "also published to" not in aclf("status").out
    assert team_database.fetch("select run_id from ops.target") == [(1,)]


def test_two_processes_publish_at_once(team_database, warehouse, aclf):
    """One writes the run; the other is refused, or finds the run there."""
    both = [aclf.start("publish", "--to", team_database.address) for _ in range(2)]
    first, second = sorted(map(wait_for_end, both), key=lambda ended: "everything" not in ended.out)
    assert (first.code, "run 1, everything" in first.out) == (DONE, True)
    if second.code:
        assert "another process is publishing" in second.err
    else:
        assert "holds run 1 already" in second.out
    assert team_database.differs_from(warehouse) == {}
    assert aclf("status", "--json").document["targets"][0]["run_id"] == 1


@pytest.mark.slow
@pytest.mark.timeout(600)
def test_without_its_extra_a_target_names_the_extra(team_database, warehouse, aclf, tmp_path):
    """In an environment without psycopg one sentence says what to install, and the folder is written."""
    venv.create(tmp_path / "plain", symlinks=True)
    python = tmp_path / "plain" / "bin" / "python"
    # The packages of this environment without those of the extra, by links.
    packages = next((tmp_path / "plain" / "lib").glob("python*/site-packages"))
    for path in sys.path:
        if path.endswith("site-packages"):
            link_packages(path, packages)
    targets = ["--to", team_database.address, "--to", str(tmp_path / "web")]
    command = "import sys; from flows.cli.app import main; sys.exit(main())"
    ended = subprocess.run(
        [python, "-c", command, "publish", *targets],
        cwd=warehouse.folder,
        env=aclf.environment | {"PYTHONPATH": str(ROOT)},
        capture_output=True,
        text=True,
        check=False,
    )
    assert ended.returncode == FAILED, ended
    assert "needs the package psycopg, which is not installed" in ended.stderr
    assert "aclf-trials[postgres]" in ended.stderr
    assert (tmp_path / "web" / "latest.json").exists(), ended.stderr


def link_packages(installed, packages):
    for entry in Path(installed).iterdir():
        if not entry.name.startswith(("psycopg", "__editable__")) and entry.suffix != ".pth":
            (packages / entry.name).symlink_to(entry)
