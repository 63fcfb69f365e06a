"""`docs/operator.md` is true: its commands exist, and its restore, backup, crontab and systemd unit work."""

from __future__ import annotations

import re
import shlex
import shutil
import subprocess

import pytest

from flows.news.alerts import DIGEST, ON_CHANGE
from flows.settings import HANDED_OVER
from tests.support.command_group import list_commands
from tests.support.command_line import ACLF, CommandLine
from tests.support.folders import DOCS
from warehouse.memory import MEMORY

PAGE = (DOCS / "operator.md").read_text()
ON_FAILURE = "ACLF_ON_FAILURE"  # to import its module is to import Prefect
COMMANDS = list_commands()
LINES = [line.strip().partition("  #")[0] for line in PAGE.splitlines() if line.startswith("    ")]
OURS = [line for line in LINES if line.startswith("aclf ") and not line.startswith("aclf --")]


def read_commands(heading):
    """Return the commands under a heading, one a line."""
    section = PAGE.partition(f"## {heading}\n")[2].partition("\n## ")[0]
    return "\n".join(line.strip() for line in section.splitlines() if line.startswith("    "))


def run_script(script, folder, **environment):
    """Run a shell script with only this environment, and with `aclf` on its path."""
    variables = {"PATH": f"{ACLF.parent}:/usr/bin:/bin", "HOME": str(folder), **environment}
    return subprocess.run(
        ["/bin/sh", "-ec", script], cwd=folder, env=variables, capture_output=True, text=True, timeout=100, check=False
    )


@pytest.fixture
def two_nights(synced_aclf):
    """The command line in a folder with the sample's two nights."""
    assert synced_aclf("sync", "--registry", "sample", "--direct").code == 0
    return synced_aclf


@pytest.mark.parametrize("line", OURS)
def test_a_command_of_the_page_exists(line):
    """Each `aclf` line names a command and options that exist."""
    _, name, *words = shlex.split(line)
    options = {option for parameter in COMMANDS[name].params for option in parameter.opts}
    assert {word for word in words if word.startswith("-")} <= options


def test_every_variable_of_the_page_is_read():
    """Each ACLF_ variable belongs to an option, except the operator's commands, a worker's settings and the memory."""
    read = {p.envvar for command in COMMANDS.values() for p in command.params if getattr(p, "envvar", None)}
    assert set(re.findall(r"ACLF_[A-Z_]+", PAGE)) <= read | {ON_FAILURE, ON_CHANGE, DIGEST, HANDED_OVER, MEMORY}


@pytest.mark.slow
def test_an_earlier_night_is_restored(two_nights):
    """After its commands the first night is back and sound, and the next sync continues from there."""
    ended = run_script(read_commands("Restore an earlier night"), two_nights.folder)
    assert ended.returncode == 0, ended.stderr
    assert two_nights.rows("select overall_status from trials where nct_id = 'NCT03863002'") == [
        ("NOT_YET_RECRUITING",)
    ]
    assert two_nights("sync", "--registry", "sample", "--direct", "--json").document["updated"] == 4


@pytest.mark.slow
def test_a_backup_is_a_whole_warehouse_elsewhere(two_nights, tmp_path):
    """The copied file alone, in another folder, is fresh and has its history."""
    assert run_script(read_commands("Back up"), two_nights.folder).returncode == 0
    there = CommandLine(tmp_path / "there")
    shutil.copy(two_nights.folder / "backup.duckdb", there.warehouse)
    assert (there("status").code, there("check").code) == (0, 0)
    assert "left the set" in there("changes").out


def test_the_crontab_runs_with_only_its_own_environment(synced_aclf):
    """With only the variables of the file it syncs, and prints nothing if all is well."""
    text = (DOCS / "aclf.crontab").read_text()
    text = text.replace("/srv/aclf/aclf-trials/.venv/bin", str(ACLF.parent)).replace(
        "/srv/aclf", str(synced_aclf.folder)
    )
    lines = [line for line in text.splitlines() if line and not line.startswith("#")]
    environment = dict(line.split("=", 1) for line in lines[:-1])
    *when, command = lines[-1].split(maxsplit=5)
    assert (" ".join(when), environment.pop("CRON_TZ")) == ("17 4 * * *", "America/New_York")
    ended = run_script(command, synced_aclf.folder, **environment, ACLF_REGISTRY="sample")
    assert (ended.returncode, ended.stdout, ended.stderr) == (0, "", "")
    assert synced_aclf.rows("select max(run_id) from ops.runs") == [(2,)]


@pytest.mark.skipif(not shutil.which("systemd-analyze"), reason="systemd-analyze is not installed")
def test_systemd_accepts_the_unit(tmp_path):
    """`systemd-analyze verify` finds nothing wrong once the path of the command is this machine's."""
    unit = tmp_path / "aclf.service"
    unit.write_text((DOCS / unit.name).read_text().replace("/srv/aclf/aclf-trials/.venv/bin/aclf", str(ACLF)))
    verified = subprocess.run(["systemd-analyze", "verify", unit], capture_output=True, text=True, check=False)
    assert (verified.returncode, verified.stderr) == (0, "")


@pytest.mark.parametrize("shell", ["bash", "zsh", "fish"])
def test_completion_is_printed_for_a_shell(aclf, shell):
    """`aclf --show-completion` prints the script for this shell."""
    run = aclf("--show-completion", shell, _TYPER_COMPLETE_TEST_DISABLE_SHELL_DETECTION="1")
    assert (run.code, "aclf" in run.out) == (0, True), run
