"""`aclf export` writes every table and view as a file, and a manifest: rows, hash, run, the meaning of each column."""

from __future__ import annotations

import hashlib
import json

import duckdb
import orjson
import pytest

from tests.support.command_line import CommandLine
from tests.support.three_nights import live_three_nights
from tests.support.warehouses import records

RELATIONS = """
select schema_name || '.' || table_name from duckdb_tables()
union all
select schema_name || '.' || view_name from duckdb_views() where not internal
"""


@pytest.fixture(scope="module")
def aclf(new_warehouse):
    """The command line, in a folder with three nights of a small set."""
    warehouse = new_warehouse()
    live_three_nights(warehouse)
    return CommandLine(warehouse.folder)


@pytest.fixture(scope="module")
def exported(aclf):
    """Both exports' manifests, by format."""
    return {form: aclf("export", form, "--format", form, "--json").document for form in ("parquet", "csv")}


def content(aclf, form, table):
    """The rows of an exported file."""
    with duckdb.connect() as connection:
        return records(connection, f"from read_{form}('{aclf.folder / form / table}.{form}')")


@pytest.mark.parametrize("form", ["parquet", "csv"])
def test_every_table_and_view_is_a_file(aclf, exported, form):
    """There is a file for each, the manifest names them all, and there is nothing else in the folder."""
    tables = {name for (name,) in aclf.rows(RELATIONS)}
    assert {table["table"] for table in exported[form]["tables"]} == tables
    assert {file.name for file in (aclf.folder / form).iterdir()} == {f"{table}.{form}" for table in tables} | {
        "manifest.json"
    }


@pytest.mark.quick(1)
@pytest.mark.parametrize("form", ["parquet", "csv"])
def test_the_manifest_is_true(aclf, exported, form):
    """Rows and hash of every file are as the manifest says, and it names the newest run and its data."""
    manifest = exported[form]
    assert orjson.loads((aclf.folder / form / "manifest.json").read_bytes()) == manifest
    assert (manifest["run_id"], manifest["data_timestamp"]) == (3, "2026-09-13T09:00:04")
    for table in manifest["tables"]:
        assert hashlib.sha256((aclf.folder / form / table["file"]).read_bytes()).hexdigest() == table["sha256"]
        assert aclf.rows(f"select count(*) from {table['table']}") == [(table["rows"],)]


@pytest.mark.parametrize("table", ["main.trials", "main.trial_changes", "ctgov.facilities", "raw.studies"])
def test_parquet_has_the_tables_rows(aclf, exported, table):
    """Types and values come back as they are in the warehouse."""
    assert exported
    with duckdb.connect(str(aclf.warehouse), read_only=True) as connection:
        assert content(aclf, "parquet", table) == records(connection, f"from {table} order by all")


def test_parquet_carries_its_comments(aclf, exported):
    """The table's comment and its columns' stand in the file itself."""
    assert exported
    with duckdb.connect() as connection:
        query = "select decode(key), decode(value) from parquet_kv_metadata($1)"
        told = dict(connection.execute(query, [str(aclf.folder / "parquet" / "main.trials.parquet")]).fetchall())
    assert told["comment"].startswith("The trials, normalised")
    assert json.loads(told["columns"])[0] == {
        "column": "nct_id",
        "type": "VARCHAR",
        "comment": "NCT number of the trial.",
    }


def test_a_list_is_json_in_csv(aclf, exported):
    """What a trial has several of can be read back from a cell."""
    assert exported
    (row,) = [row for row in content(aclf, "csv", "main.trials") if row["nct_id"] == "NCT00000007"]
    assert json.loads(row["conditions"]) == ["Made disease"]


def test_an_export_is_the_same_twice(aclf, exported):
    """The same warehouse gives the same files, byte for byte."""
    again = aclf("export", "again", "--json").document
    assert again == exported["parquet"]


def test_what_cannot_be_written_to_is_told(aclf):
    """A file where the folder should be ends with 1 and a sentence, and the warehouse is as it was."""
    (aclf.folder / "taken").write_text("")
    before = aclf.published()
    ended = aclf("export", "taken")
    assert (ended.code, ended.out) == (1, "")
    assert "taken could not be written to" in ended.err
    assert aclf.published() == before
