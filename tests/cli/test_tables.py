"""A table fits the terminal: columns in the middle are left out, and no number, date or short text is cut."""

from __future__ import annotations

import re
from datetime import date, datetime
from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st
from rich.cells import cell_len

from flows.cli.tables import SHORT_TEXT, break_line, describe_table, format_table, format_value_lines

WIDE_AND_COMBINING = "肝衰竭 e\u0301 a\u0308 👩\u200d⚕\ufe0f ☀\ufe0f 한국"
TEXTS = st.text(st.sampled_from(f"ab 12.3-{WIDE_AND_COMBINING}"), max_size=60)
WHOLE = st.one_of(
    st.integers(-(10**12), 10**12),
    st.decimals(-1000, 1000, places=3, allow_nan=False),
    st.dates(),
    st.datetimes(),
    st.booleans(),
    st.none(),
)
VALUES = st.one_of(WHOLE, TEXTS, st.lists(TEXTS, max_size=3))
WHOLE_ROWS = st.integers(3, 9).flatmap(
    lambda count: st.lists(st.lists(WHOLE, min_size=count, max_size=count), min_size=1, max_size=4)
)
NUMBER = re.compile(r"\d+(?:[.,:/-]\d+)*")


@st.composite
def made_tables(draw):
    """Return names, rows and the width of a terminal."""
    count = draw(st.integers(1, 12))
    names = [f"column_{index}{'x' * draw(st.integers(0, 30))}" for index in range(count)]
    rows = draw(st.lists(st.lists(VALUES, min_size=count, max_size=count), max_size=4))
    return names, rows, draw(st.integers(1, 150))


def read_columns(lines):
    """Return the cells of each column, by the rule below the heading; each character takes one cell."""
    bounds = [found.span() for found in re.finditer("─+", lines[1])]
    return [[line[start:end].strip() for line in (lines[0], *lines[2:])] for start, end in bounds]


@given(made_tables())
def test_no_line_is_wider_than_the_terminal(made):
    """In terminal cells, whatever characters the values have."""
    names, rows, width = made
    table = format_table(names, rows, width)
    assert [line for line in table.lines if cell_len(line) > width] == []
    assert len(table.lines) == len(rows) + 2


@given(WHOLE_ROWS, st.integers(45, 150))
def test_each_shown_value_is_whole_and_below_its_name(rows, width):
    """No number or date is broken or cut; the columns that are shown are in the order of the query."""
    names = [f"c{index}" for index in range(len(rows[0]))]
    table = format_table(names, rows, width)
    shown = [cells for cells in read_columns(table.lines) if cells[0] != "…"]
    whole = read_columns(format_table(names, rows, None).lines)
    assert [cells[0] for cells in shown] == sorted(cells[0] for cells in shown)
    assert shown == [cells for cells in whole if cells[0] in [names[0] for names in shown]]


@given(WHOLE_ROWS, st.integers(1, 150))
def test_the_first_and_the_last_column_survive_where_two_fit(rows, width):
    """What lies between them is left out first, `…` marks where, and the columns shown are counted."""
    names = [f"c{index}" for index in range(len(rows[0]))]
    first, *_, last = format_table(names, rows, None).lines[1].split()
    table = format_table(names, rows, width)
    headings = table.lines[0].split()
    if len(f"{first}  …  {last}") <= width:
        assert (headings[0], headings[-1]) == (names[0], names[-1])
        assert len(headings) - ("…" in headings) == table.shown
        assert ("…" in headings) == (table.shown < len(names))
        assert not table.is_cut
    told = describe_table(table, len(rows), len(names), "more")
    assert told.startswith(f"{len(rows)} row{'s' * (len(rows) > 1)}, {len(names)} columns")
    assert told.endswith(f", {table.shown} shown: more") == (table.shown < len(names))


@given(st.lists(st.sampled_from(["age", "18", "to", "2.5", "肝", "2026-10-01", "of", "1:400"]), min_size=20), st.data())
def test_no_number_in_a_text_is_cut_in_two(words, data):
    """`18 to 35` may become `18 to…` and never `18 to 3…`."""
    shown = format_table(["text"], [[" ".join(words)]], data.draw(st.integers(SHORT_TEXT, 60))).lines[2]
    assert shown.endswith("…")
    assert set(NUMBER.findall(shown)) <= set(words)


ROW = [
    "NCT03863002",
    "G-CSF to Treat Acute-on-chronic Liver Failure",
    "COMPLETED",
    date(2019, 10, 1),
    Decimal("18.25"),
    74,
]
NAMES = ["nct_id", "brief_title", "overall_status", "start_date", "limit", "enrollment"]


@pytest.mark.parametrize(
    ("width", "lines"),
    [
        (
            100,
            [
                "nct_id       brief_title                               overall_status  start_date  limit  enrollment",
                "───────────  ────────────────────────────────────────  ──────────────  ──────────  ─────  ──────────",
                "NCT03863002  G-CSF to Treat Acute-on-chronic Liver F…  COMPLETED       2019-10-01  18.25          74",
            ],
        ),
        (
            60,
            [
                "nct_id       brief_title       overall_status  …  enrollment",
                "───────────  ────────────────  ──────────────  ─  ──────────",
                "NCT03863002  G-CSF to Treat…   COMPLETED       …          74",
            ],
        ),
        (30, ["nct_id       …  enrollment", "───────────  ─  ──────────", "NCT03863002  …          74"]),
        (15, ["nct_id       …", "───────────  ─", "NCT03863002  …"]),
    ],
)
def test_golden_tables(width, lines):
    """The same row in four terminals."""
    assert format_table(NAMES, [ROW], width).lines == lines


def test_a_path_is_cut_at_its_beginning_and_a_name_in_its_middle():
    """Paths differ at their ends, and names at both."""
    path, name = "protocolSection.statusModule.lastUpdateSubmitDate", "primary_completion_date_precision"
    (heading, _, shown) = format_table([name], [[path]], 24).lines
    assert (heading, shown) == ("primary_comp…e_precision", "…le.lastUpdateSubmitDate")


def test_a_value_is_one_line_without_controls():
    """A line break, a control and a direction mark of a record cannot break the table."""
    table = format_table(["a\x1b[1m"], [["one\ntwo\x1b]0;x\x07\u202e"]], 80)
    assert table.lines == ["a[1m", "───────────", "one two]0;x"]


def test_one_value_a_line():
    """Names stand at the right, lists are read, a long value is broken between words and indented."""
    rows = [["NCT1", None, ["a", "b"], "one\ntwo"], ["NCT2", 5, [], "three four five six"]]
    assert list(format_value_lines(["nct_id", "n", "list", "text"], rows, 22)) == [
        "nct_id = NCT1",
        "     n =",
        "  list = a; b",
        "  text = one",
        "         two",
        "",
        "nct_id = NCT2",
        "     n = 5",
        "  list =",
        "  text = three four",
        "         five six",
    ]


def test_times_are_shown_without_a_zone():
    """Each is in UTC."""
    assert format_table(["at"], [[datetime(2026, 9, 10, 9, 0, 4)]], 80).lines[2] == "2026-09-10 09:00:04"  # noqa: DTZ001 - as DuckDB returns it


def test_a_line_is_broken_between_words_by_their_cells():
    """A Chinese character takes two cells; the indent stays, and a word that does not fit is whole."""
    assert break_line("  肝衰竭 血浆置换 x https://example.org/long", 17, "    ") == [
        "  肝衰竭 血浆置换",
        "    x",
        "    https://example.org/long",
    ]
