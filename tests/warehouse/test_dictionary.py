"""`aclf docs` prints the meaning and the API path of every column of the published warehouse."""

from __future__ import annotations

import json
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


def test_one_table_has_rates_and_examples(aclf):
    """One table is named with or without its schema; each column says how many values are missing, and shows one."""
    named = aclf("docs", "trials", "--json").document
    assert named == aclf("docs", "MAIN.trials", "--json").document
    assert {(entry["schema"], entry["table"]) for entry in named} == {("main", "trials")}
    columns = {entry["column"]: entry for entry in named}
    ((first, missing),) = aclf.rows("select min(nct_id), 1 - count(acronym) / count(*) from trials")
    assert list(columns["acronym"]) == [*KEYS, "null_rate", "example"]
    assert (columns["nct_id"]["null_rate"], columns["nct_id"]["example"]) == (0, first)
    assert columns["acronym"]["null_rate"] == round(missing, 4)
    ((acronym,),) = aclf.rows("select acronym from trials where acronym is not null order by nct_id limit 1")
    assert columns["acronym"]["example"] == acronym
    assert columns["first_seen_at"]["example"] is None


def test_part_on_a_terminal_is_lines_that_fit(aclf):
    """A person reads the meaning of each column whole, whatever the width; Markdown is for a pipe."""
    shown = aclf.on_a_terminal("docs", "criteria", columns=60)
    assert max(map(len, shown.splitlines())) <= 60
    assert shown.startswith("main.criteria")
    comments = aclf.rows(
        "select comment from duckdb_columns() where schema_name = 'main' and table_name = 'criteria' and comment <> ''"
    )
    for (comment,) in comments:
        assert " ".join(comment.split()) in " ".join(shown.split())
    assert aclf("docs", "criteria").out.startswith("# Data dictionary\n\n## main\n\n### main.criteria\n")


def test_a_word_finds_columns_and_tables(aclf, entries):
    """--grep finds a word in names and comments, in upper and lower case alike, and nothing else."""
    found = aclf("docs", "--grep", "Ordinal", "--json").document
    expected = [entry for entry in entries if "ordinal" in (entry["column"] + entry["comment"]).lower()]
    assert [{key: entry[key] for key in KEYS} for entry in found] == expected
    assert len(found) > 1
    # A column that is found has the example that it has among the others of its table.
    whole = aclf("docs", f"{found[0]['schema']}.{found[0]['table']}", "--json").document
    assert found[0] in whole
    shown = aclf.on_a_terminal("docs", "--grep", "grain: one row per trial ever fetched")
    assert "main.trials" in shown
    assert shown.splitlines()[-1].startswith("0 columns and 1 table of which no column has it: grain: ")
    assert aclf("docs", "--grep", "no such word", "--json").document == []


@pytest.mark.parametrize(
    ("name", "hint"),
    [("trails", "main.trials"), ("studies", "ctgov.studies, raw.studies"), ("qqqqq", "find it with `aclf docs --grep")],
)
def test_a_table_that_is_not_there_is_explained(aclf, name, hint):
    """The sentence names close names, or those of several schemas."""
    run = aclf("docs", name)
    assert (run.code, run.out) == (2, "")
    assert hint in run.err


def list_persons(record):
    """Return the names, phone numbers and addresses of the people in a record."""
    section = record["protocolSection"]
    places = section.get("contactsLocationsModule", {})
    people = [*places.get("centralContacts", []), *places.get("overallOfficials", [])]
    people += [person for site in places.get("locations", []) for person in site.get("contacts", [])]
    people.append(record.get("resultsSection", {}).get("moreInfoModule", {}).get("pointOfContact", {}))
    party = section.get("sponsorCollaboratorsModule", {}).get("responsibleParty", {})
    people.append({"name": party.get("investigatorFullName")})
    return {person.get(key) for person in people for key in ("name", "title", "phone", "email")} - {None}


def test_no_person_is_an_example(aclf_after_both_nights):
    """In no table an example is the name, the number or the address of a person of any record."""
    documents = aclf_after_both_nights.rows("select document from archive.study_versions")
    persons = set().union(*(list_persons(json.loads(document)) for (document,) in documents))
    assert len(persons) > 50
    entries = aclf_after_both_nights("docs", "--values", "--json").document
    examples = [entry["example"] for entry in entries if entry["example"]]
    assert len(examples) > 500
    assert [example for example in examples if "@" in example or any(person in example for person in persons)] == []


def test_missing_warehouse_is_reported(tmp_path):
    """Before the first publish the command ends with 2 and one sentence."""
    run = CommandLine(tmp_path / "here")("docs")
    assert (run.code, run.out) == (2, "")
    assert run.err.startswith("aclf: ")
