"""`aclf docs` prints the meaning and the API path of every column of the published warehouse."""

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
def aclf(tmp_path_factory, first_night_folder):
    """The command line in a folder whose warehouse holds the sample's first night."""
    folder = tmp_path_factory.mktemp("docs") / "here"
    shutil.copytree(first_night_folder, folder, symlinks=True)
    return CommandLine(folder)


@pytest.fixture(scope="module")
def entries(aclf):
    """The entries that `aclf docs --json` prints."""
    return aclf("docs", "--json").document


def test_every_column_has_one_entry(aclf, entries):
    """Each column of each table and view has one entry with its type and a comment; there are no other entries."""
    with duckdb.connect(str(aclf.warehouse), read_only=True) as connection:
        columns = connection.execute(
            "select schema_name, table_name, column_name, data_type from duckdb_columns() "
            "where not internal and schema_name <> 'sets'"
        ).fetchall()
    assert sorted(tuple(entry.values())[:4] for entry in entries) == sorted(columns)
    assert all(list(entry) == KEYS and entry["comment"] for entry in entries)


@pytest.mark.parametrize(
    ("column", "path"),
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
def test_column_has_its_path(entries, column, path):
    """A column that a path of the record fills names that path; any other column has none."""
    assert [entry["path"] for entry in entries if ".".join(list(entry.values())[:3]) == column] == [path]


def test_markdown_begins_with_the_trials(aclf):
    """The Markdown has each table of the warehouse with its grain; the tables for analysts come first."""
    page = aclf("docs").out
    assert page.startswith("# Data dictionary\n\n## main\n\n### main.trials\n\n")
    assert (
        "Grain: one row per trial ever fetched.\n\n| column | type | meaning | path |\n|---|---|---|---|\n| nct_id |"
        in page
    )
    assert (
        "| name | VARCHAR | The condition as the record has it. | `protocolSection.conditionsModule.conditions[]` |"
        in page
    )


def test_missing_warehouse_is_reported(tmp_path):
    """Before the first publish the command ends with 2 and one sentence."""
    run = CommandLine(tmp_path / "here")("docs")
    assert (run.code, run.out) == (2, "")
    assert run.err.startswith("aclf: ")
