"""After Tab the shell offers what the warehouse holds and what ships."""

from __future__ import annotations

import subprocess

import pytest

from tests.support.command_line import ACLF, CommandLine

BASH = """
eval "$(_ACLF_COMPLETE=source_bash aclf)"
COMP_WORDS=("$@") COMP_CWORD=$(($# - 1))
$(complete -p aclf | sed 's/.* -F \\([^ ]*\\) .*/\\1/') aclf
printf '%s\\n' "${COMPREPLY[@]}"
"""


@pytest.fixture(scope="module")
def reader(first_night_folder):
    """Return the command line of a warehouse with the sample's first night, only for reading."""
    return CommandLine(first_night_folder)


def press_tab(reader, line):
    """Return what a bash that has the completion offers at the end of a line."""
    done = subprocess.run(
        ["bash", "-c", BASH, "bash", *line.split(" ")],
        cwd=reader.folder,
        env=reader.environment | {"PATH": f"{ACLF.parent}:{reader.environment['PATH']}"},
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.stderr == ""
    return done.stdout.split()


@pytest.mark.quick(3)
@pytest.mark.parametrize(
    ("line", "offered"),
    [
        ("aclf show NCT0386", ["NCT03863002"]),
        ("aclf show NCT03863002 NCT0386", []),
        ("aclf changes NCT0386", ["NCT03863002"]),
        ("aclf backfill NCT0386", ["NCT03863002"]),
        ("aclf show --warehouse nowhere.duckdb NCT0386", []),
        ("aclf sync --registry ", ["sample"]),
        ("aclf sync --condition-set ", ["aclf", "everything"]),
        ("aclf changes --condition-set ", ["aclf"]),
        ("aclf docs trial_s", ["trial_summary"]),
        ("aclf export folder --only ctgov.facility_", ["ctgov.facility_contacts", "ctgov.facility_investigators"]),
    ],
)
def test_bash_offers(reader, line, offered):
    """A real bash calls its completion, as it does after Tab."""
    assert press_tab(reader, line) == offered


def test_all_numbers_are_offered(reader):
    """Without a beginning every trial of the warehouse is offered."""
    numbers = [nct_id for (nct_id,) in reader.rows("select nct_id from trials order by nct_id")]
    assert press_tab(reader, "aclf show ") == numbers


def test_zsh_is_given_the_same(reader):
    """What zsh's completion asks for has the number; zsh itself need not be installed."""
    environment = reader.environment | {"_ACLF_COMPLETE": "complete_zsh", "_TYPER_COMPLETE_ARGS": "aclf show NCT0386"}
    done = subprocess.run([ACLF], cwd=reader.folder, env=environment, capture_output=True, text=True, check=False)
    assert (done.stdout.strip(), done.stderr) == ("""_arguments '*: :(("NCT03863002"))'""", "")
