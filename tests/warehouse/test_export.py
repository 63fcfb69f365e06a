"""`aclf export` writes every table and view to a file, and a manifest with rows, hash, run and column comments."""

from __future__ import annotations

import csv
import hashlib
import json

import duckdb
import openpyxl
import orjson
import pytest

from tests.support.command_line import CommandLine
from tests.support.three_nights import sync_three_nights
from tests.support.warehouses import fetch_records, make_member_study, with_value
from warehouse.reading import exported_workbook, slow_views
from warehouse.reading.export import SAFE_CSV, WORKBOOK, export_tables

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


def read_sheets(file):
    """Return the rows of each sheet of a workbook, with its heading first."""
    book = openpyxl.load_workbook(file)
    return {sheet.title: list(sheet.iter_rows(values_only=True)) for sheet in book.worksheets}


@pytest.fixture(scope="module")
def workbook_manifest(aclf):
    """The manifest of the export to a workbook, in the folder `xlsx`."""
    return aclf("export", "xlsx", "--format", "xlsx", "--json").document


def test_workbook_has_a_sheet_for_each_table_of_main(aclf, workbook_manifest):
    """It has each table and view of `main` with its rows, the dictionary, and what the sheets are; one manifest."""
    tables = {name for (name,) in aclf.rows(RELATIONS) if name.startswith("main.")}
    sheets = read_sheets(aclf.folder / "xlsx" / "aclf.xlsx")
    assert {table["table"] for table in workbook_manifest["tables"]} == tables
    assert list(sheets) == [table["sheet"] for table in workbook_manifest["tables"]] + ["dictionary", "about"]
    assert next(iter(sheets)) == "trials"
    for table in workbook_manifest["tables"]:
        heading, *rows = sheets[table["sheet"]]
        assert list(heading) == [column["column"] for column in table["columns"]]
        assert len(rows) == table["rows"] == aclf.rows(f"select count(*) from {table['table']}")[0][0]
        assert hashlib.sha256((aclf.folder / "xlsx" / "aclf.xlsx").read_bytes()).hexdigest() == table["sha256"]
    assert {file.name for file in (aclf.folder / "xlsx").iterdir()} == {"aclf.xlsx", "manifest.json"}
    columns = aclf.rows("select count(*) from duckdb_columns() where schema_name = 'main' and not internal")
    assert len(sheets["dictionary"]) - 1 == columns[0][0]


def test_workbook_has_dates_lists_and_its_source(aclf, workbook_manifest):
    """Dates are dates, lists are readable, and the last sheet says where the data is from and of when."""
    sheets = read_sheets(aclf.folder / "xlsx" / "aclf.xlsx")
    heading, *rows = sheets["trials"]
    (row,) = [dict(zip(heading, row, strict=True)) for row in rows if row[0] == "NCT00000007"]
    ((day,),) = aclf.rows("select last_update_post_date from trials where nct_id = 'NCT00000007'")
    assert row["last_update_post_date"].date() == day
    assert row["conditions"] == "Made disease"
    facts = {name: meaning for name, _, meaning in sheets["about"]}
    assert facts["source"] == workbook_manifest["source"] == "U.S. National Library of Medicine, ClinicalTrials.gov"
    assert facts["data of (UTC)"] == "2026-09-13T09:00:04"


def test_second_workbook_equals_the_first(aclf, workbook_manifest):
    """One warehouse gives the same workbook each time, byte for byte."""
    assert aclf("export", "xlsx again", "--format", "xlsx", "--json").document == workbook_manifest


def test_workbook_disarms_formulas_and_tells_what_it_cuts(warehouse, tmp_path):
    """A title that looks like a formula is a text, and a summary that no cell holds is cut, as the manifest says."""
    title, summary = "protocolSection.identificationModule.briefTitle", "protocolSection.descriptionModule.briefSummary"
    odd = with_value(with_value(make_member_study(1), title, "=1+1"), summary, "x" * 40000)
    warehouse.serve(odd, make_member_study(2))
    warehouse.sync()
    manifest = export_tables(warehouse.path, tmp_path, WORKBOOK, ["trials"])
    assert manifest["cut"] == {
        "main.trials": "1 text is cut at 32,767 characters, where a cell of Excel ends; "
        "Parquet and CSV have them whole."
    }
    sheet = openpyxl.load_workbook(tmp_path / "aclf.xlsx")["trials"]
    heading = [cell.value for cell in sheet[1]]
    cells = {name: sheet.cell(2, index) for index, name in enumerate(heading, 1)}
    assert (cells["brief_title"].data_type, cells["brief_title"].value) == ("s", "=1+1")
    assert cells["brief_title"].quotePrefix
    assert len(cells["brief_summary"].value) == 32767


def test_table_that_no_sheet_holds_is_left_out(aclf, tmp_path, monkeypatch):
    """The other tables are written, and the manifest says why this one is not."""
    monkeypatch.setattr(exported_workbook, "MOST_ROWS", 5)
    manifest = export_tables(aclf.warehouse, tmp_path, WORKBOOK, ["trials", "condition_sets"])
    assert [table["table"] for table in manifest["tables"]] == ["main.condition_sets"]
    assert "more than 5 rows" in manifest["left_out"]["main.trials"]


@pytest.mark.quick(1)
@pytest.mark.parametrize("form", ["csv", "xlsx"])
def test_only_some_tables(aclf, tmp_path, form):
    """--only names the tables, with or without a schema, in every format; the manifest has no others."""
    arguments = ["--only", "trials", "--only", "ctgov.design_groups", "--format", form, "--json"]
    manifest = aclf("export", tmp_path, *arguments).document
    assert [table["table"] for table in manifest["tables"]] == ["main.trials", "ctgov.design_groups"]
    if form == "xlsx":
        assert list(read_sheets(tmp_path / "aclf.xlsx")) == ["trials", "ctgov.design_groups", "dictionary", "about"]
    else:
        files = {"main.trials.csv", "ctgov.design_groups.csv", "manifest.json"}
        assert {file.name for file in tmp_path.iterdir()} == files


def test_unknown_table_is_refused_before_anything_is_written(aclf):
    """The sentence names a table that is there."""
    run = aclf("export", "nothing", "--only", "trails")
    assert (run.code, run.out) == (2, "")
    assert "name one of these: main.trials" in run.err
    assert not (aclf.folder / "nothing").exists()


def test_second_export_equals_the_first(aclf, exported):
    """One warehouse gives the same files each time, byte for byte."""
    again = aclf("export", "again", "--json").document
    assert again == exported["parquet"]


def test_views_that_are_ranked_when_they_are_read_are_left_out(aclf, tmp_path, monkeypatch):
    """In a large set the related trials and what ranks them have no file; the manifest and the command say why."""
    monkeypatch.setattr(slow_views, "KEPT_UP_TO", 0)
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
