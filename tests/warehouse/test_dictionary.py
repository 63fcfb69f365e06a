"""`aclf docs` tells of every column of the published warehouse what it means and which API path it comes from."""

from __future__ import annotations

import shutil

import duckdb
import pytest

from tests.support.command_line import CommandLine

SPONSORS = "protocolSection.sponsorCollaboratorsModule"
HEAD = "| column | type | meaning | path |\n|---|---|---|---|\n"
CONDITION = "The condition as the record has it. | `protocolSection.conditionsModule.conditions[]` |"
KEYS = ["schema", "table", "column", "type", "comment", "path"]


@pytest.fixture(scope="module")
def aclf(tmp_path_factory, first_night):
    """The command line in a folder whose warehouse holds the sample's first night."""
    folder = tmp_path_factory.mktemp("docs") / "here"
    shutil.copytree(first_night, folder, symlinks=True)
    return CommandLine(folder)


@pytest.fixture(scope="module")
def entries(aclf):
    """What `aclf docs --json` prints."""
    return aclf("docs", "--json").document


def test_every_column_has_one_entry(aclf, entries):
    """Each column of each table and view is told once, with its type and a comment, and nothing else is."""
    with duckdb.connect(str(aclf.warehouse), read_only=True) as connection:
        there = connection.execute(
            "select schema_name, table_name, column_name, data_type from duckdb_columns() where not internal"
        ).fetchall()
    assert sorted(tuple(entry.values())[:4] for entry in entries) == sorted(there)
    assert all(list(entry) == KEYS and entry["comment"] for entry in entries)


@pytest.mark.parametrize(
    ("place", "path"),
    [
        ("ctgov.conditions.name", "protocolSection.conditionsModule.conditions[]"),
        ("main.trials.start_date", "protocolSection.statusModule.startDateStruct.date"),
        ("ctgov.facilities.latitude", "protocolSection.contactsLocationsModule.locations[].geoPoint.lat"),
        (
            "ctgov.sponsors.name",
            f"{SPONSORS}.leadSponsor.name, {SPONSORS}.collaborators[].name",
        ),
        ("ctgov.calculated_values.actual_duration", None),
        ("main.trials.version", None),
        ("ops.runs.outcome", None),
        ("codes.phase.code", None),
    ],
)
def test_a_column_tells_its_path(entries, place, path):
    """A column that comes from the record names its path as the registry has it, the others none."""
    assert [entry["path"] for entry in entries if ".".join(list(entry.values())[:3]) == place] == [path]


def test_the_markdown_begins_with_the_trials(aclf):
    """As Markdown it is a document of tables: the analysts' first, each with its grain."""
    told = aclf("docs").out
    assert told.startswith("# Data dictionary\n\n## main\n\n### main.trials\n\n")
    assert (
        "Grain: one row per trial ever fetched.\n\n| column | type | meaning | path |\n|---|---|---|---|\n| nct_id |"
        in told
    )
    assert (
        "| name | VARCHAR | The condition as the record has it. | `protocolSection.conditionsModule.conditions[]` |"
        in told
    )


def test_without_a_warehouse_it_says_so(tmp_path):
    """Where nothing is published there is nothing to tell, and the sentence says what to do."""
    ended = CommandLine(tmp_path / "here")("docs")
    assert (ended.code, ended.out) == (2, "")
    assert ended.err.startswith("aclf: ")
