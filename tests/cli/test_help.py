"""The command line explains itself, obeys its flags and its environment, and is plain when it is piped."""

from __future__ import annotations

import subprocess
import sys
from importlib.metadata import version

import pytest

from tests.support.command_group import list_commands
from tests.support.command_line import ACLF
from tests.support.made_studies import make_contents
from tests.support.warehouses import CONDITION_SET, make_member_study

COMMANDS = list_commands()
SLOW_TO_IMPORT = {"pandas", "duckdb", "prefect"}
NO_PREFECT_THERE = "http://127.0.0.1:9/api"


@pytest.fixture
def made(aclf, registry):
    """Return the command line in a folder with a condition set of made studies, which is not chosen."""
    registry.contents = make_contents(make_member_study(1), make_member_study(2))
    (aclf.folder / "made.toml").write_text(CONDITION_SET)
    return aclf


@pytest.mark.parametrize("name", COMMANDS)
def test_every_command_and_option_has_help(name):
    """Each command says what it does, and so do its options and arguments."""
    command = COMMANDS[name]
    assert command.help
    assert [parameter.name for parameter in command.params if not getattr(parameter, "help", None)] == []


def test_help_names_every_command(aclf):
    """`aclf --help` lists each command with its first words, and `aclf COMMAND --help` its options."""
    overview = aclf("--help")
    assert (overview.code, overview.err) == (0, "")
    for name, command in COMMANDS.items():
        assert f"\n  {name} " in overview.out
        assert command.help.split()[0] in overview.out
    assert "--accept-shrink" in aclf("sync", "--help").out


def test_aclf_alone_prints_help_and_first_commands(aclf):
    """`aclf` alone prints its help: the first sentence of each command, and at the end the commands to try first."""
    alone = aclf()
    assert (alone.code, alone.err, alone.out) == (0, "", aclf("--help").out)
    assert "..." not in alone.out.partition("Commands:")[2]
    assert "aclf sync --registry sample " in alone.out.partition("To begin:")[2]


def test_version_is_printed(aclf):
    """`aclf --version` prints the version of the package."""
    assert aclf("--version").out == f"aclf-trials {version('aclf-trials')}\n"


def test_help_imports_nothing_heavy():
    """`aclf --help` is quick because it imports neither pandas nor DuckDB nor Prefect."""
    run = subprocess.run(
        [sys.executable, "-X", "importtime", ACLF, "--help"], capture_output=True, text=True, timeout=60, check=True
    )
    imported = {line.rpartition("|")[2].strip().partition(".")[0] for line in run.stderr.splitlines()}
    assert "typer" in imported
    assert imported & SLOW_TO_IMPORT == set()


def test_the_environment_is_honoured(made, registry):
    """Warehouse, registry, condition set and the way to run are taken from their variables."""
    run = made(
        *("sync", "--json"),
        ACLF_WAREHOUSE="other.duckdb",
        ACLF_REGISTRY=registry.url,
        ACLF_CONDITION_SET="made.toml",
        ACLF_ORCHESTRATE="false",
        ACLF_RATE="1000",
        ACLF_PATIENCE="3",
        ACLF_WORKERS="0",
    )
    assert run.code == 0
    summary = {name: run.document[name] for name in ("warehouse", "registry", "condition_set", "inserted")}
    assert summary == {
        "warehouse": str(made.folder / "other.duckdb"),
        "registry": registry.url,
        "condition_set": "made",
        "inserted": 2,
    }
    assert (made.folder / "other.duckdb").exists()
    assert not made.warehouse.exists()
    assert not (made.folder.parent / "prefect").exists()


WRONG = {
    "ACLF_WAREHOUSE": "nowhere/aclf.duckdb",
    "ACLF_REGISTRY": "ftp://127.0.0.1",
    "ACLF_CONDITION_SET": "nowhere.toml",
    "ACLF_RATE": "-1",
    "ACLF_PATIENCE": "-1",
    "ACLF_WORKERS": "-1",
}
NEEDS_A_SERVER = {"ACLF_DASK": "tcp://127.0.0.1:8786", "ACLF_RATE_LIMIT": "registry"}
"""What no flag can take back, and what is wrong where nobody has named a Prefect server."""


@pytest.mark.quick(2)
@pytest.mark.parametrize("name", [*WRONG, *NEEDS_A_SERVER])
def test_a_wrong_variable_is_refused(made, name):
    """Each variable reaches the run: a value that cannot be used ends it with 2."""
    assert made("sync", "--direct", **{name: (WRONG | NEEDS_A_SERVER)[name]}).code == 2


@pytest.mark.slow
def test_a_flag_wins_over_its_variable(made, registry):
    """With every variable wrong, the flags alone decide."""
    flags = ["--warehouse", "other.duckdb", "--registry", registry.url, "--condition-set", "made.toml"]
    run = made(
        "sync",
        *flags,
        "--rate",
        "1000",
        "--patience",
        "3",
        "--workers",
        "0",
        "--direct",
        **WRONG,
        ACLF_ORCHESTRATE="true",
    )
    assert (run.code, run.err) == (0, "")
    assert (made.folder / "other.duckdb").exists()
    assert not (made.folder.parent / "prefect").exists()


@pytest.mark.quick(1)
@pytest.mark.parametrize(
    ("arguments", "variables"),
    [
        (["backfill", "NCT00000001"], {"ACLF_ORCHESTRATE": "true"}),
        (["sync", "--orchestrate"], {"ACLF_ORCHESTRATE": "false"}),
    ],
    ids=["variable", "flag over variable"],
)
def test_a_run_through_a_prefect_that_is_not_there_says_so(made, arguments, variables):
    """A flow run, by flag or variable, names the API that it cannot reach (fault 60)."""
    run = made(*arguments, "--condition-set", "made.toml", **variables, PREFECT_API_URL=NO_PREFECT_THERE)
    assert run.code == 1
    assert run.err.count("\n") == 1
    assert NO_PREFECT_THERE in run.err
    assert not made.warehouse.exists()


def test_a_direct_run_needs_no_prefect(made):
    """A direct run works although the configured Prefect does not answer."""
    run = made("backfill", "--direct", "NCT00000001", PREFECT_API_URL=NO_PREFECT_THERE)
    assert run.code == 0


def test_output_is_plain_where_it_is_piped(synced_aclf):
    """Without a terminal there is no escape code in output and errors, and errors do not go to standard output."""
    for arguments in (["sync", "--direct"], ["runs"], ["check"], ["query", "from trials limit 3"], ["sync", "--help"]):
        run = synced_aclf(*arguments, TERM="xterm-256color", COLORTERM="truecolor")
        assert (run.code, run.err) == (0, "")
        assert run.out
        assert "\x1b" not in run.out
    failed = synced_aclf("query", "nonsense", TERM="xterm-256color")
    assert (failed.out, "\x1b" in failed.err) == ("", False)


@pytest.mark.quick(1)
@pytest.mark.parametrize("arguments", [["query", "from nowhere"], ["check"]], ids=" ".join)
def test_a_long_line_is_broken_between_words(synced_aclf, arguments):
    """A narrow terminal gets the words of a pipe in lines that fit; no word is cut, and a pipe gets whole lines."""
    piped = synced_aclf(*arguments)
    shown = synced_aclf.on_a_terminal(*arguments, columns=50)
    assert max(map(len, (piped.out + piped.err).splitlines())) > 50
    assert [line for line in shown.splitlines() if len(line) > 50 and " " in line.strip()] == []
    assert shown.split() == (piped.out + piped.err).split()


@pytest.mark.quick(2)
@pytest.mark.parametrize(
    ("arguments", "kind"),
    [(["runs"], list), (["check"], dict), (["query", "select 1 as one"], list), (["sync", "--dry-run"], dict)],
    ids=["runs", "check", "query", "sync --dry-run"],
)
def test_json_is_one_document(synced_aclf, arguments, kind):
    """With --json standard output is one JSON document and nothing else."""
    assert isinstance(synced_aclf(*arguments, "--json").document, kind)
