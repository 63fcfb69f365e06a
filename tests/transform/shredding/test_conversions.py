"""Each conversion gives what its SQL in `conversion_queries.toml` gives, for any text and any list."""

from __future__ import annotations

import tomllib
from datetime import date, datetime
from pathlib import Path

import duckdb
import pyarrow as pa
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from transform.catalog.arrow_types import ARROW_TYPES
from transform.catalog.files import load_catalog
from transform.shredding.analyzed import NUMBER_ANALYZED
from transform.shredding.conversions import ONE_VALUE, SEVERAL_VALUES, UNCHANGED
from transform.shredding.source_rows import POSITION
from transform.shredding.table_rows import is_made

QUERIES = tomllib.loads((Path(__file__).parent / "conversion_queries.toml").read_text())
TEXT, LIST = pa.string(), pa.list_(pa.string())

NUMBERS = [
    "0", "-0", "+0", "7", "007", "-007", "+7", "--7", "- 7", " 7", "7 ", "7\n", "\n7", "7\0", "3.7", "30.", ".5",
    "-.5", ".", "+.5", "1e3", "1E+3", "1e-3", "1e", "e1", "1e400", "-1e400", "1e-400", "4.9e-324",
    "1.7976931348623157e308", "1.8e308", "2147483647", "2147483648", "-2147483648", "-2147483649",
    "9223372036854775807", "9223372036854775808", "-9223372036854775808", "-9223372036854775809", "9" * 400,
    "-" + "9" * 400, "0" * 400 + "7", "-" + "0" * 400, "0." + "0" * 400 + "7", "0.1" + "0" * 400,
    "0.30000000000000004", "nan", "inf", "-Infinity", "1_000", "1,000", "1e1_0", "0x10", "٣", "３", "1３", "½", "1e３",
]  # fmt: skip
DAYS = [
    "0000", "0000-01", "0000-02", "0000-12", "0000-02-29", "0000-01-01", "0000-00-00", "0001", "0001-01-01",
    "0004-02-29", "1900-02", "1900-02-29", "2000-02-29", "2023-02-29", "2024", "2024-02", "2024-02-29", "2024-02-30",
    "2024-04-31", "2024-00", "2024-00-01", "2024-13", "2024-13-01", "2024-01-00", "2024-01-32", "2024-1", "2024-1-1",
    "24-01-01", "9999", "9999-12", "9999-12-31", "10000", "10000-01-01", "-2024", "2024-02-", "2024-", "2024-02-29\n",
    "2024\n", "\n2024", "2024 ", "2024-02-29 ", "2024/02/29", "２０２４", "２０２４-01", "2024-0１", "infinity",
    "epoch", "2024-02-29 (BC)",
]  # fmt: skip
TIMED_DAYS = ["2024-02-29", "2023-02-29", "0000-01-01", "0000-12-31", "9999-12-31", "2024-02", "2024-01-00"]
CLOCK_TIMES = (
    "00:00", "23:59", "24:00", "24:00:00", "24:00:01", "24:01", "25:00", "12:60", "23:59:59", "23:59:60", "1:00",
)  # fmt: skip
TIMES = [
    *(f"{day}T{time}" for day in TIMED_DAYS for time in CLOCK_TIMES),
    "2024-02-29 10:00", "2024-02-29t10:00", "2024-02-29T10", "2024-02-29T10:00Z", "2024-02-29T10:00:00.5",
    "2024-02-29T10:00\n", "2024-02-29T１0:00",
]  # fmt: skip
WORDS = [
    "", " ", "true", "false", "True", "yes", "true\n", " true", "null", "PRINCIPAL_INVESTIGATOR", "Study-Chair",
    "STUDY\nCHAIR", "studychair", "study_chair", "study\U0001f600chair", "studyéchair", "study__chair",
    "İNVESTİGATOR", "ınvestigator", "investıgator", "SUB_INVESTIGATOR\n", "İ", "Σ", "ΑΣ", "ΣΑΣ", "ẞ", "ß", "K",
    "KELVIN", "Å", "Ǆ", "ǅ", "ŉ", "ﬁ", "Ω", "\U00010400", "A\0B", "\0", "INTERVENTIONAL", "İNTERVENTIONAL",
    "non-interventional\n", "interventıonal", "ınterventional", "PARTICIPANT", "participant", "CARE_PROVIDER",
    "INVESTIGATOR", "OUTCOMES_ASSESSOR", "ADULT", "CHILD", "OLDER_ADULT", "NCT00000007", "x", "é", "e\u0301",
    "a\u0308\u0323", "\U0001f469\u200d\U0001f467", "/", "a/b", "Prot_SAP_000.pdf",
]  # fmt: skip
P_VALUES = [
    "<0.001", "< 0.001", "<= 0.05", "=0.05", ">0.99", "0.05", "0.05 ", "\t0.05", "<\t0.05", "< .05", "p<0.05",
    "<0.05\n", "-0.5", "--0.5", "1 000", "0.0 5", "<<>>", "= 1e-3", "<1E-400", ">1e400", "≤0.05", "\u00a00.05",
    "<\u00a00.05\u00a0", "\u20030.1", "\u30000.1", "\u1680<", "\u180e<", "\u200b<", "\u2028<", "\x85<", "\x1f<",
    "<\v", "0.05 NS", "  NS  1.0",
]  # fmt: skip
NASTY = [*NUMBERS, *DAYS, *TIMES, *WORDS, *P_VALUES]

# DuckDB's table of small letters is older than Arrow's: letters that came later are left out.
CHARACTERS = st.characters(max_codepoint=0x24FF, exclude_categories=["Cs", "Cn"], exclude_characters="\u1c89")
WHOLE_PIECES = ["true", "2024", "-02", "T24:00", "investigator", "study", "chair", "İ", "Σ", "３"]
PIECES = st.sampled_from([*"0123456789-+.eE<>=: T\n\0", *WHOLE_PIECES])
MADE_TEXTS = st.lists(PIECES, max_size=12).map("".join) | st.text(CHARACTERS, max_size=8)
TEXTS = st.none() | st.sampled_from(NASTY) | MADE_TEXTS
LISTS = st.none() | st.lists(TEXTS, max_size=4)
NASTY_LISTS = [
    None, [], [None], [""], ["", ""], [None, "a"], ["a", None], ["b", "a", "b", "B", "é", "z"], ["/", "/"],
    ["\U0001f600", "\uffff"], ["a\0", "a"], ["PARTICIPANT", None, "ADULT"], *([word] for word in WORDS),
]  # fmt: skip


@pytest.fixture(scope="module")
def database():
    """Return DuckDB, whose SQL is the yardstick."""
    with duckdb.connect(config={"threads": 1}) as connection:
        yield connection


def convert(name, columns):
    """Return what a conversion makes of Arrow arrays."""
    return ONE_VALUE[name](*columns) if name in ONE_VALUE else SEVERAL_VALUES[name](*columns)


def list_differences(database, group, columns):
    """Return the given values, the made one and the SQL's one, wherever a conversion of the group differs."""
    queries = QUERIES[group]
    names = [f"c{number}" for number in range(len(columns))]
    given_values = pa.table(dict(zip(names, columns, strict=True)))
    database.register("given_values", given_values)
    wanted = ", ".join(f'{query.format(*names)} as "{name}"' for name, query in queries.items())
    answer = database.execute(f"select {wanted} from given_values").to_arrow_table()
    differences = []
    for name in queries:
        made = convert(name, columns)
        assert len(made) == len(columns[0])
        expected = answer[name].combine_chunks().cast(made.type)
        differences += [
            (name, given_values.slice(row, 1).to_pylist(), made[row], expected[row])
            for row in range(len(made))
            if not made[row].equals(expected[row])
        ]
    return differences


@pytest.mark.parametrize("texts", [[], [None], [None, *NASTY]], ids=["none", "null", "nasty"])
@pytest.mark.parametrize("group", ["casts", "texts"])
def test_nasty_text_converts_as_in_sql(database, group, texts):
    """Each text that has been trouble somewhere becomes what the SQL says; so does NULL, and nothing at all."""
    assert list_differences(database, group, [pa.array(texts, TEXT)]) == []


@settings(max_examples=50)
@given(drawn=st.lists(TEXTS, max_size=60))
def test_any_text_converts_as_in_sql(database, drawn):
    """Any text becomes what the SQL says, to the last bit of a number."""
    column = pa.array(drawn, TEXT)
    assert list_differences(database, "casts", [column]) + list_differences(database, "texts", [column]) == []


@pytest.mark.parametrize("texts", [[], [None], [[], None], NASTY_LISTS], ids=["none", "null", "empty", "nasty"])
def test_nasty_list_converts_as_in_sql(database, texts):
    """A list with NULL, an empty one, an absent one and none at all become what the SQL says."""
    assert list_differences(database, "lists", [pa.array(texts, LIST)]) == []


@settings(max_examples=50)
@given(drawn=st.lists(LISTS, max_size=20))
def test_any_list_converts_as_in_sql(database, drawn):
    """Any list becomes what the SQL says."""
    assert list_differences(database, "lists", [pa.array(drawn, LIST)]) == []


@given(drawn=st.lists(LISTS, max_size=8), hidden=st.lists(st.booleans(), min_size=8, max_size=8))
def test_list_below_an_absent_object_is_not_read(drawn, hidden):
    """What lies hidden below NULL in Arrow's memory is not part of any value."""
    given_lists = pa.array([drawn_list or [] for drawn_list in drawn], LIST)
    mask = pa.array(hidden[: len(drawn)], pa.bool_())
    masked = pa.ListArray.from_arrays(given_lists.offsets, given_lists.values, mask=mask) if drawn else given_lists
    clean = pa.array(masked.to_pylist(), LIST)
    for name in QUERIES["lists"]:
        assert convert(name, [masked]).to_pylist() == convert(name, [clean]).to_pylist()


def test_two_values_convert_as_in_sql(database):
    """A conversion of two values gives what the SQL says for each pair; if one of them is NULL, too."""
    pairs = [(one, other) for one in [None, *WORDS] for other in [None, *WORDS]]
    columns = [pa.array(values, TEXT) for values in zip(*pairs, strict=True)]
    assert list_differences(database, "two_texts", columns) == []
    pairs = [(texts, word) for texts in NASTY_LISTS[:6] for word in [None, *WORDS]]
    columns = [pa.array([texts for texts, _ in pairs], LIST), pa.array([word for _, word in pairs], TEXT)]
    assert list_differences(database, "list_and_text", columns) == []


@pytest.mark.parametrize(
    ("name", "text", "value"),
    [
        ("INTEGER", "007", 7), ("INTEGER", "9" * 400, None), ("DOUBLE", "1e400", float("inf")), ("DOUBLE", "30.", 30.0),
        ("DATE", "2024-02", date(2024, 2, 29)), ("first_day_of_month", "2024-02", date(2024, 2, 1)),
        ("DATE", "2024", date(2024, 12, 31)), ("first_day_of_month", "2024", date(2024, 12, 31)),
        ("DATE", "2023-02-29", None), ("DATE", "2024-13", None), ("DATE", "2024-01-00", None),
        ("TIMESTAMP", "2024-12-31T24:00", datetime.fromisoformat("2025-01-01")),
        ("TIMESTAMP", "2024-12-31T24:01", None),
        ("is_investigator", "study-chair", True), ("is_investigator", None, False), ("is_not_investigator", None, True),
        ("p_value", "<= 0.05", 0.05), ("p_value_modifier", "<= 0.05", "<="),
        ("p_value_modifier", "\u00a0<\u20030.1", "<"),
        ("downcase", "ΑΣ", "ασ"), ("yes_or_no", "maybe", None), ("units_analyzed", None, "Participants"),
    ],
)  # fmt: skip
def test_value_by_hand(name, text, value):
    """These values are worked out by hand, so that no mistake of both sides stays hidden."""
    assert convert(name, [pa.array([text], TEXT)]).to_pylist() == [value]


def test_each_name_of_the_catalog_has_one_conversion():
    """The file of conversions and the code name the same conversions, and each has its SQL to be compared with."""
    named = set(load_catalog().conversions)
    elsewhere = {POSITION, NUMBER_ANALYZED}
    assert ONE_VALUE.keys() | SEVERAL_VALUES.keys() | elsewhere == named
    assert len(ONE_VALUE) + len(SEVERAL_VALUES) + len(elsewhere) == len(named)
    assert {name for queries in QUERIES.values() for name in queries} == named - elsewhere
    assert set(UNCHANGED) <= ONE_VALUE.keys()


def test_casts_are_the_conversions_that_can_refuse_a_text():
    """A conversion of the text of a column's type is a cast exactly if there is a text that it gives NULL for."""
    refusing = {
        name for name in [*QUERIES["casts"], *QUERIES["texts"]] if convert(name, [pa.array(NASTY, TEXT)]).null_count
    }
    # `p_value` and `yes_or_no` refuse texts too, but a column beside theirs keeps the text.
    assert refusing - {"p_value", "yes_or_no"} == load_catalog().casts == set(QUERIES["casts"])


def test_each_conversion_gives_the_type_of_its_columns():
    """What a conversion gives has the Arrow type of every column that it is for."""
    catalog = load_catalog()
    columns = [column for table in catalog.tables for column in table.columns if is_made(column) and column.path]
    used = {(column.conversion, column.type) for column in columns}
    for name, kind in used:
        if name in ONE_VALUE:
            given_type = LIST if name in QUERIES["lists"] else TEXT
            assert convert(name, [pa.array([], given_type)]).type == ARROW_TYPES[kind], name
