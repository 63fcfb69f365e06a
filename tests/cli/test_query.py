"""`aclf query` prints the rows of one reading statement as CSV, JSON or a table, and refuses everything else."""

from __future__ import annotations

import csv
import json

import pytest

from tests.support.command_line import CommandLine

EVERY_KIND = """
select
  'NCT03863002' as nct_id, null as nothing, '' as empty, 42 as whole, 0.5::double as half, 1.25 as exact, true as yes,
  date '2019-10-01' as day, timestamptz '2026-09-10 09:00:04+00' as moment, ['a, b', 'c "d"', null] as list,
  {'name': 'x', 'count': 2} as struct, E'two\\nlines' as lines, 'café ≥ 肝' as text
"""


@pytest.fixture(scope="module")
def reader(first_night_folder):
    """Return the command line of a warehouse with the sample's first night, only for reading."""
    return CommandLine(first_night_folder)


def test_csv_is_what_a_pipe_gets(reader):
    """Piped, the rows are CSV with a header: NULL is empty, a list is JSON, a date is ISO, times are UTC."""
    run = reader("query", EVERY_KIND)
    assert (run.code, run.err) == (0, "")
    (row,) = csv.DictReader(run.out.splitlines(keepends=True))
    assert row == {
        "nct_id": "NCT03863002",
        "nothing": "",
        "empty": "",
        "whole": "42",
        "half": "0.5",
        "exact": "1.25",
        "yes": "True",
        "day": "2019-10-01",
        "moment": "2026-09-10 09:00:04",
        "list": '["a, b","c \\"d\\"",null]',
        "struct": '{"name":"x","count":2}',
        "lines": "two\nlines",
        "text": "café ≥ 肝",
    }


def test_csv_flag_prints_csv(reader):
    """--csv prints the same as a pipe gets."""
    question = "select nct_id, start_date from trials order by nct_id limit 3"
    assert reader("query", "--csv", question) == reader("query", question)


def test_json_is_a_list_of_objects(reader):
    """--json prints one object per row: NULL is null, lists and numbers stay what they are, dates are ISO."""
    (row,) = reader("query", "--json", EVERY_KIND).document
    assert float(row.pop("exact")) == 1.25
    assert row == {
        "nct_id": "NCT03863002",
        "nothing": None,
        "empty": "",
        "whole": 42,
        "half": 0.5,
        "yes": True,
        "day": "2019-10-01",
        "moment": "2026-09-10T09:00:04+00:00",
        "list": ["a, b", 'c "d"', None],
        "struct": {"name": "x", "count": 2},
        "lines": "two\nlines",
        "text": "café ≥ 肝",
    }


def test_json_says_that_the_times_of_the_warehouse_are_utc(reader):
    """A time of the file ends in +00:00, in a query as in `aclf runs`; another time of a query has no zone."""
    (run,) = reader("runs", "--json", "--limit", "1").document
    assert run["started_at"].endswith("+00:00")
    question = """
    select last_checked_at, max(last_checked_at), {'valid_from': min(first_seen_at)} as struct,
      date_trunc('month', date '2019-10-05') as month
    from trials group by last_checked_at
    """
    assert reader("query", "--json", question).document == [
        {
            "last_checked_at": run["started_at"],
            "max(last_checked_at)": run["started_at"],
            "struct": {"valid_from": run["started_at"]},
            "month": "2019-10-01T00:00:00",
        }
    ]


def test_no_rows_are_an_empty_list_or_a_header(reader):
    """A statement without rows gives `[]` as JSON and the header alone as CSV."""
    question = "select nct_id from trials where nct_id is null"
    assert reader("query", "--json", question).document == []
    assert reader("query", question).out == "nct_id\n"


@pytest.mark.quick(2)
@pytest.mark.parametrize(
    ("value", "expected"),
    [
        ("99999999999999999999::hugeint", "99999999999999999999"),
        ("map {1: 'a'}", "{'1': 'a'}"),
        ("'nan'::double", "None"),
        ("time '10:30'", "10:30:00"),
    ],
)
def test_any_value_has_a_form(reader, value, expected):
    """A column of any type is printed, as JSON and as CSV; JSON may have it as a text."""
    run = reader("query", "--json", f"select {value} as value")
    assert run.code == 0
    assert [str(row["value"]) for row in run.document] == [expected]
    assert reader("query", f"select {value} as value").code == 0


def test_two_columns_with_one_name_are_both_printed(reader):
    """No column is lost because another has its name."""
    (row,) = reader("query", "--json", "select 1 as a, 2 as a").document
    assert sorted(row.values()) == [1, 2]
    assert reader("query", "select 1 as a, 2 as a").out == "a,a\n1,2\n"


def test_a_terminal_gets_a_table(reader):
    """On a terminal the same rows are a table: each value is there once, and NULL is blank."""
    question = "select nct_id, null as nothing, start_date from trials where nct_id = 'NCT03863002'"
    words = reader.on_a_terminal("query", question).split()
    assert [word for word in words if word.startswith(("NCT", "2019", "nct_id", "nothing", "start"))] == [
        "nct_id",
        "nothing",
        "start_date",
        "NCT03863002",
        "2019-10-01",
    ]
    assert not {"None", "NULL", "nan"} & set(words)


def test_safe_csv_has_no_formula(reader):
    """With --safe-csv a text that a spreadsheet would run begins with an apostrophe; numbers stay numbers."""
    question = r"select '=1+1' as a, '@x' as b, '-' as c, E'\ty' as d, -1 as e, 'x=1' as f, '' as g"
    assert reader("query", "--safe-csv", question).out == "a,b,c,d,e,f,g\n'=1+1,'@x,'-,'\ty,-1,x=1,\n"
    assert reader("query", question).out == "a,b,c,d,e,f,g\n=1+1,@x,-,\ty,-1,x=1,\n"


@pytest.mark.parametrize("flags", [["--csv"], ["--json"], []])
def test_a_terminal_gets_no_control_characters(reader, flags):
    """Values and names of columns cannot steer the terminal; JSON has its escapes for them."""
    question = r"""select E'\x1b]52;c;x\x07red' || chr(155) || '31m' || chr(8238) as "a[bold]", 1 as "\x1b[31mb" """
    shown = reader.on_a_terminal("query", *flags, question.replace(r"\x1b[31mb", "\x1b[31mb"))
    assert not set(shown) & {"\x1b", "\x07", "\x9b", "\u202e"}
    assert "a[bold]" in shown
    if flags == ["--json"]:
        assert json.loads(shown)[0]["a[bold]"] == "\x1b]52;c;x\x07red\x9b31m\u202e"


def test_a_pipe_gets_the_bytes_as_they_are(reader):
    """In a pipe nothing is left out: programs get the value."""
    assert reader("query", r"select E'\x1b[31m' as x").out == "x\n\x1b[31m\n"


WIDE = "select nct_id, brief_title, official_title, status_label, lead_sponsor, start_date, enrollment from trials"


def test_a_table_says_what_it_does_not_show(reader):
    """The table fits, keeps the first and the last column, and the line below it counts."""
    shown = reader.on_a_terminal("query", WIDE, columns=80).splitlines()
    assert max(map(len, shown)) <= 80
    assert shown[0].split()[0] == "nct_id"
    assert shown[0].split()[-1] == "enrollment"
    assert shown[-1] == "73 rows, 7 columns, 5 shown: --wide, --line or --csv for all"


def test_wide_shows_all_columns_whole(reader):
    """With --wide each value is there as it is, on a terminal and in a pipe, in lines of any length."""
    ((title,),) = reader.rows("select official_title from trials order by length(official_title) desc limit 1")
    for shown in (reader.on_a_terminal("query", "--wide", WIDE, columns=80), reader("query", "--wide", WIDE).out):
        assert " ".join(title.split()) in shown
        assert shown.splitlines()[-1] == "73 rows, 7 columns"


def test_line_shows_one_value_a_line(reader):
    """With --line each value stands beside its name; between two rows is an empty line."""
    run = reader("query", "--line", "select * from (values ('NCT1', 2), ('NCT2', null)) as t(nct_id, n)")
    assert run.out == "nct_id = NCT1\n     n = 2\n\nnct_id = NCT2\n     n =\n"


@pytest.mark.quick(2)
@pytest.mark.parametrize(
    ("statement", "is_hinted"),
    [
        ("select s.nct_id, c.name from studies s join conditions c using (nct_id)", True),
        ("create temp table mine as select * from facilities; select count(*) from mine", True),
        ("select * from no_such_table", False),
        ("selct 1", False),
        ("select if(i = 5000000, error('late'), i::varchar) from range(5000001) as t(i)", False),
    ],
)
def test_sql_of_aact_gets_a_hint(reader, statement, is_hinted):
    """What fails as it is and would run with --aact is told so; anything else that fails is not."""
    run = reader("query", statement)
    assert run.code == 2
    assert ("run the command again with --aact" in run.err) == is_hinted
    assert not is_hinted or reader("query", "--aact", statement).code == 0


REFUSED = {
    "nothing": [],
    "two forms": ["--json", "--csv", "select 1"],
    "an unknown ending": ["-o", "rows.txt", "select 1"],
    "a file and a form": ["-o", "rows.csv", "--json", "select 1"],
    "empty": [""],
    "no query at the end": ["select 1; create table mine as select 2 as x"],
    "both ways": ["select 1", "-f", "question.sql"],
    "no such file": ["-f", "nowhere.sql"],
    "nonsense": ["selec 1"],
    "wrong at a late row": ["select if(i = 5000000, error('late'), i::varchar) from range(5000001) as t(i)"],
    "drop": ["drop table trials"],
    "another file": ["from read_csv('/etc/passwd')"],
}


@pytest.mark.quick(3)
@pytest.mark.parametrize("arguments", REFUSED.values(), ids=REFUSED.keys())
def test_anything_else_is_refused_in_a_sentence(reader, arguments):
    """A statement that does more than read, or fails, ends with 2 and one line; nothing is printed or changed."""
    before = reader.files(), reader.published()
    run = reader("query", *arguments)
    assert run.code == 2, run
    assert run.out == ""
    assert run.err.startswith("aclf: ")
    assert run.err.endswith(".\n")
    assert run.err.count("\n") == 1, run.err
    assert (reader.files(), reader.published()) == before


def test_without_a_warehouse_it_says_what_to_do(aclf):
    """If nothing is published yet, the message says to sync first."""
    run = aclf("query", "select 1")
    assert run.code == 2
    assert "there is no warehouse" in run.err
    assert "run `aclf sync` first" in run.err
    assert aclf.files() == set()


def test_a_reader_that_leaves_early_is_not_a_failure(reader):
    """`aclf query ... | head` ends without a traceback."""
    process = reader.start("query", "from range(300000)")
    assert process.stdout.readline() == "range\n"
    process.stdout.close()
    err = process.stderr.read()
    process.stderr.close()
    process.wait(60)
    assert "Traceback" not in err
