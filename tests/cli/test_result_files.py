"""`aclf query -o FILE` writes the rows to a file, whole or not at all, in the format that its ending names."""

from __future__ import annotations

import csv
import json
from datetime import date, datetime

import duckdb
import openpyxl
import pytest

from tests.support.command_line import CommandLine
from warehouse.reading import workbook

EVERY_KIND = """
select 'NCT03863002' as nct_id, null::integer as nothing, 42 as whole, 0.5::double as half, 1.25 as exact, true as yes,
  date '2019-10-01' as start_date, timestamp '2026-09-10 09:00:04' as moment, ['a', 'b'] as list, '=1+1' as formula,
  {'n': 1} as struct, 12345678901234567890::hugeint as long, date '1857-01-01' as old_date, 'café ≥ 肝' as text
"""


@pytest.fixture(scope="module")
def reader(first_night_folder):
    """Return the command line of a warehouse with the sample's first night, only for reading."""
    return CommandLine(first_night_folder)


def write(reader, tmp_path, ending, *arguments):
    """Return the file that the command wrote."""
    file = tmp_path / f"rows.{ending}"
    run = reader("query", "-o", file, *arguments)
    assert (run.code, run.err) == (0, ""), run
    assert run.out.startswith(f"{file} has "), run
    assert [path.name for path in tmp_path.iterdir()] == [file.name]
    return file


@pytest.mark.parametrize("ending", ["csv", "json"])
def test_csv_and_json_are_what_the_command_prints(reader, tmp_path, ending):
    """The file has the bytes that a pipe gets."""
    file = write(reader, tmp_path, ending, EVERY_KIND)
    assert file.read_text() == reader("query", f"--{ending}", EVERY_KIND).out


def test_safe_csv_has_no_formula(reader, tmp_path):
    """--safe-csv goes together with a CSV file."""
    (row,) = csv.DictReader(write(reader, tmp_path, "csv", "--safe-csv", EVERY_KIND).read_text().splitlines())
    assert row["formula"] == "'=1+1"


def test_no_rows_are_an_empty_list(reader, tmp_path):
    """A query without rows writes a valid file."""
    assert json.loads(write(reader, tmp_path, "json", "select 1 as x limit 0").read_text()) == []


def test_parquet_keeps_the_types(reader, tmp_path):
    """Lists are lists, dates are dates, exact numbers are exact; two columns of one name are both there."""
    file = write(reader, tmp_path, "parquet", f"select *, 1 as text from ({EVERY_KIND}), range(5000)")
    with duckdb.connect() as connection:
        columns = dict(
            connection.execute(f"select name, type from (describe from '{file}') as t(name, type)").fetchall()
        )
        rows = connection.execute(f"select count(*), any_value(list), any_value(start_date) from '{file}'").fetchall()
    expected = {
        "nothing": "INTEGER",
        "half": "DOUBLE",
        "exact": "DECIMAL(3,2)",
        "yes": "BOOLEAN",
        "start_date": "DATE",
        "moment": "TIMESTAMP",
        "list": "VARCHAR[]",
        "struct": "STRUCT(n INTEGER)",
        "text": "VARCHAR",
        "text_1": "INTEGER",
    }
    assert {name: columns[name] for name in expected} == expected
    assert rows == [(5000, ["a", "b"], date(2019, 10, 1))]


def test_a_workbook_has_dates_numbers_and_texts_that_are_no_formulas(reader, tmp_path):
    """Its heading stays in view; what Excel cannot keep as a number or a date is a text."""
    sheet = openpyxl.load_workbook(write(reader, tmp_path, "xlsx", EVERY_KIND))["answer"]
    names, values = ([cell.value for cell in row] for row in sheet.rows)
    assert dict(zip(names, values, strict=True)) == {
        "nct_id": "NCT03863002",
        "nothing": None,
        "whole": 42,
        "half": 0.5,
        "exact": 1.25,
        "yes": True,
        "start_date": datetime(2019, 10, 1),  # noqa: DTZ001 - a day in a workbook has no zone
        "moment": datetime(2026, 9, 10, 9, 0, 4),  # noqa: DTZ001 - the same
        "list": "a; b",
        "formula": "=1+1",
        "struct": '{"n":1}',
        "long": "12345678901234567890",
        "old_date": "1857-01-01",
        "text": "café ≥ 肝",
    }
    formula = sheet.cell(2, names.index("formula") + 1)
    assert (formula.data_type, formula.quotePrefix) == ("s", True)
    assert sheet.freeze_panes == "A2"


def test_a_text_that_no_cell_holds_is_cut_and_told(reader, tmp_path):
    """The file has 32,767 characters of it, counted as Excel does, and the command says so."""
    file = tmp_path / "rows.xlsx"
    run = reader(
        "query", "-o", file, "select repeat('x', 40000) as a, repeat('😀', 20000) as b, repeat('y', 32767) as c"
    )
    assert "2 texts are cut at 32,767 characters" in run.out
    texts = [cell.value for cell in list(openpyxl.load_workbook(file)["answer"].rows)[1]]
    assert [len(text.encode("utf-16-le")) // 2 for text in texts] == [32767, 32767, 32767]
    assert [text[-1] for text in texts] == ["…", "…", "y"]


REFUSED = {
    "unknown ending": ("rows.txt", "select 1", 2, "give it one of these endings: .csv, .parquet, .xlsx, .json"),
    "wrong SQL": ("rows.csv", "selct 1", 2, "DuckDB says"),
    "an error at a late row": ("rows.csv", "select if(i = 99999, error('late'), i) from range(100000) t(i)", 2, "late"),
    "a type that Parquet lacks": ("rows.parquet", "select interval 1 day as x", 1, "cast the column to varchar"),
    "no such folder": ("nowhere/rows.csv", "select 1", 1, "could not be written"),
}


@pytest.mark.quick(2)
@pytest.mark.parametrize(("name", "statement", "code", "message"), REFUSED.values(), ids=REFUSED.keys())
def test_a_refused_file_leaves_the_earlier_one(reader, tmp_path, name, statement, code, message):
    """The sentence says why; there is never half a file, and the file of that name is as it was."""
    if (file := tmp_path / name).parent == tmp_path:
        file.write_text("earlier")
    before = sorted(tmp_path.rglob("*"))
    run = reader("query", "-o", file, statement)
    assert (run.code, run.out) == (code, "")
    assert message in run.err
    assert run.err.count("\n") == 1
    assert sorted(tmp_path.rglob("*")) == before
    assert not file.exists() or file.read_text() == "earlier"


@pytest.mark.parametrize(("limit", "message"), [("MOST_ROWS", "more than 3 rows"), ("MOST_COLUMNS", "4 columns")])
def test_what_is_larger_than_a_sheet_is_refused(monkeypatch, tmp_path, limit, message):
    """The limits are Excel's; here they are three, because a million rows take a minute."""
    monkeypatch.setattr(workbook, limit, 3)
    with (
        (tmp_path / "rows.xlsx").open("wb") as file,
        pytest.raises(workbook.SheetTooLarge, match=message),
        workbook.open_workbook(file, tmp_path) as book,
    ):
        book.add_sheet("answer", ["a", "b", "c", "d"], [[1] * 4] * 4)
