"""The benchmark's peers have their own environments, and a peer that cannot run does not spoil other figures."""

from __future__ import annotations

import re
import sys
from pathlib import Path

import pytest

from tests.benchmarks import environments
from tests.benchmarks.contenders import RELEASE, Contender, read_contenders
from tests.benchmarks.environments import find_interpreters, install_environment
from tests.benchmarks.figures import Figures
from tests.benchmarks.measure import CommandFailedError, Measurement
from tests.benchmarks.rounds import Rounds

PEERS = [contender for contender in read_contenders() if contender.environment not in {"", RELEASE}]
FINE = Contender("fine", ["{python}", "-c", "pass"])
FAILING = ["{python}", "-c", "import sys; print('first words', file=sys.stderr); sys.exit('last words')"]
FAILING_IN_ROUND_2 = """
import sys, pathlib
so_far = pathlib.Path(sys.argv[1])
so_far.write_text(so_far.read_text() + "I" if so_far.exists() else "I")
sys.exit("last words" if so_far.read_text() == "II" else 0)
"""
STORE = """
import sys, duckdb
connection = duckdb.connect(sys.argv[1])
connection.execute("create table studies as select range as nct_id, 'text' as record from range(3)")
connection.execute("create schema dataset; create table dataset.conditions as select 1 as nct_id")
connection.execute("create table dataset._dlt_loads as select 1 as load")
connection.execute("create schema ops; create table ops.runs as select 1 as run_id")
connection.execute("create view trials as from studies")
connection.close()
"""


@pytest.fixture
def rounds(tmp_path):
    """Return rounds without a registry, in which peers use this interpreter."""
    return Rounds({}, [], tmp_path, {"": Path(sys.executable), "peer": Path(sys.executable)})


def write_requirements(folder, text):
    """Write the requirements of an environment, which has the folder's name."""
    folder.mkdir()
    requirements = folder / "requirements.txt"
    requirements.write_text(text)
    return requirements


@pytest.mark.parametrize("peer", PEERS, ids=lambda peer: peer.environment)
def test_every_package_of_a_peer_is_pinned(peer):
    """Each line of a peer's requirements is a comment or one package with one version."""
    lines = [line for line in peer.requirements.read_text().splitlines() if line and not line.startswith("#")]
    assert lines
    assert [line for line in lines if not re.fullmatch(r"[\w.-]+==[\w.]+", line)] == []


def test_what_an_entry_is_against_is_an_entry():
    """A name in `against` is the name of another entry, because a wrong name would leave the cell empty."""
    names = {contender.name for contender in read_contenders()}
    assert [contender.against for contender in read_contenders() if contender.against not in names | {""}] == []


@pytest.mark.slow
def test_a_release_that_is_not_in_the_repository_is_left_out(tmp_path, monkeypatch):
    """A checkout without the commit measures everything else, and says why the release is missing."""
    monkeypatch.setattr(environments, "read_release", lambda: "no-such-commit")
    found, missing = find_interpreters([FINE, Contender("the release", [], environment=RELEASE)], tmp_path)
    assert found == {"": Path(sys.executable)}
    assert "no-such-commit" in missing["the release"]


def test_the_contenders_begin_with_the_floor_and_the_first_sync():
    """The first entry and the first that leaves a file are not peers, because the tables compare with these two."""
    first, *others = read_contenders()
    leaving = next(contender for contender in others if contender.leaves)
    assert (first.environment, first.leaves) == ("", "")
    assert (leaving.environment, leaving.name) == ("", "first sync")


def test_a_peer_can_be_limited_to_few_studies():
    """`up_to` is the most studies that a contender is measured with; without it there is no limit."""
    limited = Contender("limited", [], up_to=3000)
    assert [limited.takes(studies) for studies in (300, 3000, 3001)] == [True, True, False]
    assert FINE.takes(10**9)


@pytest.mark.slow
def test_a_peer_that_cannot_be_installed_is_left_out_with_the_reason(tmp_path, monkeypatch):
    """The reason is pip's own, without the host that it asked; the other contenders have their interpreter."""
    monkeypatch.setenv("PIP_RETRIES", "0")
    monkeypatch.setenv("no_proxy", "127.0.0.1")
    unreachable = write_requirements(tmp_path / "gone", "gone @ http://127.0.0.1:9/gone-1-py3-none-any.whl\n")
    peer = Contender("a peer", [], environment=str(unreachable.parent))
    found, missing = find_interpreters([FINE, peer], tmp_path)
    assert found == {"": Path(sys.executable)}
    assert list(missing) == ["a peer"]
    assert "Could not install" in missing["a peer"]
    assert "127.0.0.1" not in missing["a peer"]


@pytest.mark.slow
def test_an_environment_is_made_once(tmp_path):
    """The same requirements have the same interpreter, and an environment is not made a second time."""
    requirements = write_requirements(tmp_path / "empty", "# nothing\n")
    python = install_environment(requirements, tmp_path)
    unchanged = python.parent.parent / "kept"
    unchanged.touch()
    assert install_environment(requirements, tmp_path) == python
    assert unchanged.exists()
    assert python.is_file()


def test_a_peer_that_fails_once_is_left_out_of_all_rounds(rounds, tmp_path):
    """The other contenders are measured in every round; of the failed peer only its last line is kept."""
    peer = Contender("peer", ["{python}", "-c", FAILING_IN_ROUND_2, str(tmp_path / "so far")], environment="peer")
    for _ in range(3):
        rounds.run([peer, FINE], "test")
    assert {name: len(runs) for name, runs in rounds.runs.items()} == {"fine": 3}
    assert rounds.left_out == {"peer": "failed: last words"}


def test_a_failing_command_of_the_project_ends_the_benchmark(rounds):
    """Only peers can be left out, because without the project's own figures there is nothing to compare."""
    with pytest.raises(CommandFailedError, match="last words"):
        rounds.run([Contender("ours", FAILING)], "test")


def test_the_tables_that_a_contender_leaves_are_counted(rounds):
    """Tables of records count with their columns and rows; views and logs of runs do not."""
    file = "{empty}/studies.duckdb"
    rounds.run([Contender("peer", ["{python}", "-c", STORE, file], environment="peer", leaves=file)], "test")
    left = dict(rounds.runs["peer"][0].left)
    assert left.pop("bytes") > 0
    assert left == {"tables": 2, "columns": 3, "rows": 4}


def test_ratios_are_taken_within_a_repeat():
    """A slow repeat changes no ratio, and a contender that leaves no file is only in the first table."""
    left = {"tables": 1, "columns": 8, "rows": 300, "bytes": 6_000_000}
    seconds = {"floor": (1.0, 10.0, 1.0), "sync": (4.0, 40.0, 4.0), "peer": (8.0, 80.0, 16.0), "help": (1.0, 1.0, 1.0)}
    leaving = {"sync", "peer"}
    runs = [
        (
            Contender(name, [], leaves="file" if name in leaving else "", against="sync" if name == "peer" else ""),
            [Measurement(wall, 2 * wall, 0, left=left if name in leaving else {}) for wall in walls],
        )
        for name, walls in seconds.items()
    ]
    figures = Figures(300, 5_000_000, runs, {"other": "failed"})
    assert [row[:4] for row in figures.rows()] == [
        ("floor", "1.00", "1.00", ""),
        ("sync", "4.00", "4.00", ""),
        ("peer", "8.00", "8.00", "2.00 × sync"),
        ("help", "1.00", "1.00", ""),
    ]
    assert figures.left_rows() == [
        ("floor", "0.25", "0", "0", "0", "0"),
        ("sync", "1.00", "1", "8", "300", "6"),
        ("peer", "2.00", "1", "8", "300", "6"),
    ]
    assert figures.notes == ["other: failed."]
