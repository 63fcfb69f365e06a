"""`aclf export` writes every table and view to a file, and a manifest with rows, hash, run and column comments."""

from __future__ import annotations

import csv
import hashlib
import json

import duckdb
import orjson
import pytest

from tests.support.command_line import CommandLine
from tests.support.three_nights import sync_three_nights
from tests.support.warehouses import fetch_records, make_member_study, with_value
from warehouse.reading import export
from warehouse.reading.export import SAFE_CSV, export_tables

RELATIONS = """
select schema_name || '.' || table_name from duckdb_tables()
union all
select schema_name || '.' || view_name from duckdb_views() where not internal and schema_name <> 'sets'
"""


@pytest.fixture(scope="module")
def aclf(make_warehouse):
    """The command line in a folder whose warehouse holds three nights of a small set."""
    warehouse = make_warehouse()
    sync_three_nights(warehouse)
    return CommandLine(warehouse.folder)


@pytest.fixture(scope="module")
def exported(aclf):
    """The manifests of both exports, by format."""
    return {form: aclf("export", form, "--format", form, "--json").document for form in ("parquet", "csv")}


def read_exported_rows(aclf, form, table):
    """Return the rows of an exported file."""
    with duckdb.connect() as connection:
        return fetch_records(connection, f"from read_{form}('{aclf.folder / form / table}.{form}')")


@pytest.mark.parametrize("form", ["parquet", "csv"])
def test_every_table_and_view_has_a_file(aclf, exported, form):
    """Each has a file, the manifest names them all, and the folder holds nothing else."""
    tables = {name for (name,) in aclf.rows(RELATIONS)}
    assert {table["table"] for table in exported[form]["tables"]} == tables
    assert {file.name for file in (aclf.folder / form).iterdir()} == {f"{table}.{form}" for table in tables} | {
        "manifest.json"
    }


@pytest.mark.quick(1)
@pytest.mark.parametrize("form", ["parquet", "csv"])
def test_manifest_agrees_with_the_files(aclf, exported, form):
    """The manifest has the rows and the hash of every file, the newest run, and the time of its data."""
    manifest = exported[form]
    assert orjson.loads((aclf.folder / form / "manifest.json").read_bytes()) == manifest
    assert (manifest["run_id"], manifest["data_timestamp"]) == (3, "2026-09-13T09:00:04")
    for table in manifest["tables"]:
        assert hashlib.sha256((aclf.folder / form / table["file"]).read_bytes()).hexdigest() == table["sha256"]
        assert aclf.rows(f"select count(*) from {table['table']}") == [(table["rows"],)]


@pytest.mark.parametrize("table", ["main.trials", "main.trial_changes", "ctgov.facilities", "raw.studies"])
def test_parquet_file_has_the_rows_of_its_table(aclf, exported, table):
    """The types and values in the file equal those in the warehouse."""
    assert exported
    with duckdb.connect(str(aclf.warehouse), read_only=True) as connection:
        assert read_exported_rows(aclf, "parquet", table) == fetch_records(connection, f"from {table} order by all")


def test_parquet_file_carries_its_comments(aclf, exported):
    """The metadata of the file holds the comments of the table and of its columns."""
    assert exported
    with duckdb.connect() as connection:
        query = "select decode(key), decode(value) from parquet_kv_metadata($1)"
        metadata = dict(connection.execute(query, [str(aclf.folder / "parquet" / "main.trials.parquet")]).fetchall())
    assert metadata["comment"].startswith("The trials, normalised")
    assert json.loads(metadata["columns"])[0] == {
        "column": "nct_id",
        "type": "VARCHAR",
        "comment": "NCT number of the trial.",
    }


def test_list_is_json_in_csv(aclf, exported):
    """A list can be read back from its cell."""
    assert exported
    (row,) = [row for row in read_exported_rows(aclf, "csv", "main.trials") if row["nct_id"] == "NCT00000007"]
    assert json.loads(row["conditions"]) == ["Made disease"]


def test_safe_csv_has_no_formula(warehouse, tmp_path):
    """A title that a spreadsheet would run has an apostrophe with `SAFE_CSV` only, and the manifest says what holds."""
    title = "protocolSection.identificationModule.briefTitle"
    warehouse.serve(with_value(make_member_study(1), title, "=1+1"), with_value(make_member_study(2), title, "1=1"))
    warehouse.sync()
    titles = {}
    for form in ("csv", SAFE_CSV):
        manifest = export_tables(warehouse.path, tmp_path / form, form)
        assert manifest["format"] == "csv"
        assert ("as the registry has them" in manifest["formulas"]) == (form == "csv")
        with (tmp_path / form / "main.trials.csv").open(newline="") as file:
            titles[form] = {row["brief_title"] for row in csv.DictReader(file)}
    assert titles == {"csv": {"=1+1", "1=1"}, SAFE_CSV: {"'=1+1", "1=1"}}


def test_second_export_equals_the_first(aclf, exported):
    """One warehouse gives the same files each time, byte for byte."""
    again = aclf("export", "again", "--json").document
    assert again == exported["parquet"]


def test_views_that_are_ranked_when_they_are_read_are_left_out(aclf, tmp_path, monkeypatch):
    """In a large set the related trials and what ranks them have no file; the manifest and the command say why."""
    monkeypatch.setattr(export, "KEPT_UP_TO", 0)
    manifest = export_tables(aclf.warehouse, tmp_path / "large", "parquet")
    left_out = {"main.see_also", "raw.ranked_terms", "raw.unranked_terms"}
    assert manifest["left_out"].keys() == left_out
    assert left_out.isdisjoint(table["table"] for table in manifest["tables"])
    assert not (tmp_path / "large" / "main.see_also.parquet").exists()
    assert not [file for file in (tmp_path / "large").iterdir() if file.is_dir()]


def test_folder_that_cannot_be_written_is_reported(aclf):
    """With a file in place of the folder the command ends with 1 and a sentence, and the warehouse stays unchanged."""
    (aclf.folder / "taken").write_text("")
    before = aclf.published()
    run = aclf("export", "taken")
    assert (run.code, run.out) == (1, "")
    assert "the tables could not be written to taken" in run.err
    assert aclf.published() == before
