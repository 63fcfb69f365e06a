"""A time frame gives all days that it names, by the rules that the module states; what is no time gives none."""

from __future__ import annotations

import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from transform.texts.time_frames import normalise_time_frame, read_days

WIDE = {letter: letter + 0xFEE0 for letter in range(0x21, 0x7F)} | {0x20: 0x3000}
"""ASCII as full-width characters."""

READ = {
    # One time.
    "6 months": [180],
    "24 weeks": [168],
    "28-day": [28],
    "up to 1 year": [365],
    "an average of 1 year": [365],
    "within a month": [30],
    "4th day": [4],
    "2nd week after treatment": [14],
    "third postoperative month": [90],
    "the first 72 hours": [3],
    "week 2": [14],
    "Month12": [365],
    "POD 7": [7],
    "D90": [90],
    "90d": [90],
    "J30": [30],
    "Day: 7": [7],
    "Day +100": [100],
    "six months": [180],
    "two-year": [730],
    "twenty-four weeks": [168],
    "day one": [1],
    "1,095 days": [1095],
    "3. month": [90],
    "at12 weeks": [84],
    "2 quarters": [180],
    # All that are named.
    "28 and 90 days": [28, 90],
    "months 3, 6 and 12": [90, 180, 365],
    "3,6,12 months": [90, 180, 365],
    "3, 6, and 12, months": [90, 180, 365],
    "90 days and 28 days": [28, 90],
    "Day 1-28": [1, 28],
    "between 2 to 4 weeks": [14, 28],
    "first, second and 3rd week": [7, 14, 21],
    "1-, 3- and 5-year survival": [365, 1095, 1825],
    "4 weeks or death, up to 2 years": [28, 730],
    "Day 1, 3 and 7, week 2, months 3 and 6": [1, 3, 7, 14, 90, 180],
    "Week 2, 6 months": [14, 180],
    "week 4, week 8, and 3, 6, and 9 months": [28, 56, 90, 180, 270],
    "month 4 (first part) and 7 (second part)": [120, 210],
    "6 weeks-6months-12months": [42, 180, 365],
    "4-8-12 weeks": [28, 56, 84],
    "2 weeks (14 days)": [14],
    # Units.
    "1 month": [30],
    "11 months": [330],
    "12 months": [365],
    "18 months": [540],
    "24 months": [730],
    "2 years": [730],
    "1.5 years": [540],
    "a year and a half": [540],
    "two and a half years": [900],
    "half a year": [180],
    "1½ years": [540],
    "2 years and 9 months": [990],
    "4 years 7 months": [1650],
    "1 year and 18 months": [365, 540],
    "3 weeks 4 days": [25],
    "Day 5+48 hours": [7],
    "10 seconds": [0],
    "90 minutes": [0],
    "23 hours": [0],
    "23.9 h": [0],
    "24 hours": [1],
    "36 hours": [2],
    "0.5 days": [0],
    "H0+1h30": [0],
    "2160 hours": [90],
    "24 months, day 1921": [730, 1921],
    # Baseline, and what is before it.
    "Baseline": [0],
    "Day 0": [0],
    "before the dose": [0],
    "pre-dose, 28 days": [0, 28],
    "Preoperatively and 1 year": [0, 365],
    "before surgery, 3 months": [0, 90],
    "before and after": [0],
    "T0 and 6 weeks": [0, 42],
    "Days -28 to -1, Day 14": [0, 14],
    "-2, 0, 4 weeks": [0, 28],
    "2 weeks before treatment and day 7": [0, 7],
    "8 weeks before and after treatment": [0, 56],
    "day minus 1 to day 3": [0, 3],
    "Baseline -6 months": [0, 180],
    "Screening (Day -2 to Day -28)": [0],
    "8 weeks post-baseline": [56],
    "12 weeks from baseline": [84],
    # Numbers beside a time that are none.
    "36 ± 3 days": [36],
    "Week 12 ± 7 days": [84],
    "Weeks 4, 8 (±3 days), 12": [28, 56, 84],
    "Cycle 1 Day 1, Cycle 2 Day 15": [1, 15],
    "up to 4 cycles (each cycle is 28 days)": [28],
    "Visit 2 (week 4)": [28],
    "3 days a week for 6 weeks": [42],
    "4-6 times per week, 3 months": [90],
    "twice daily for 5 days": [5],
    "q3 months": [90],
    "every 3 months for 2 years": [90, 730],
    "yearly up to 5 years": [1825],
    "until December 31, 2024, up to 60 months": [1825],
    "01/02/2024 (up to 1 year)": [365],
    "at 34 weeks of gestation": [238],
    # Other widths and scripts.
    "２８　ａｎｄ　９０　ｄａｙｓ": [28, 90],
    "3，6，12 months": [90, 180, 365],
    "Day 0、Day 90": [0, 90],
    "Baseline（Day 0）； Day 36": [0, 36],
    "第28天，12周": [28, 84],
    "2024年3月1日，6个月": [180],
}
NOT_READ = [
    "",
    "at surgery",
    "during the stay",
    "until discharge",
    "Immediately after the procedure",
    "Screening",
    "28",
    "Visit 3",
    "after cycle 8",
    "daily",
    "every year",
    "once a week",
    "mg/day",
    "December 2024",
    "2020-2024",
    "15/12/2024-30/07/2025",
    "third trimester",
    "2 days before discharge",
    "a score from 0 to 100",
    "999999 years",
    "123456789012 days",
]


@pytest.mark.parametrize(("text", "days"), READ.items())
def test_every_named_day_is_read(text, days):
    """By hand, from the rules in the module's docstring."""
    assert read_days(text) == days


@pytest.mark.parametrize("text", NOT_READ)
def test_text_without_a_time_gives_none(text):
    """Nothing is guessed."""
    assert read_days(text) is None


@pytest.mark.parametrize("piece", ["1,", "1 ", " ", "day ", "1-day ", "before ", "first ", "(", "±1"])
def test_endless_text_does_not_take_long(piece):
    """No record has one, and none may stop a run."""
    assert read_days("Baseline, " + piece * 100_000)[0] == 0


def test_column_has_lists_and_both_ends():
    """On the column's own index, and NULL where nothing can be read."""
    raw = pd.Series(["90 and 28 days", None, "at surgery", "Baseline"], index=[7, 3, 3, 0])
    read = normalise_time_frame(raw)
    assert read.index.tolist() == [7, 3, 3, 0]
    assert read["time_frame_days"].tolist() == [[28, 90], None, None, [0]]
    assert read.dtypes.astype("str").to_dict() == {
        "time_frame_days": "object",
        "first_time_frame_day": "Int64",
        "last_time_frame_day": "Int64",
    }
    assert read["first_time_frame_day"].tolist() == [28, pd.NA, pd.NA, 0]
    assert read["last_time_frame_day"].tolist() == [90, pd.NA, pd.NA, 0]


def test_column_without_values():
    """A batch of records may have none."""
    assert normalise_time_frame(pd.Series([None, None])).isna().all(axis=None)
    assert normalise_time_frame(pd.Series([], dtype="str")).empty


DAYS = {"day": 1, "week": 7, "month": 30, "year": 365}
NUMBERS = st.integers(1, 40)
PIECES = st.one_of(
    st.sampled_from(
        ["baseline", "before surgery", "at discharge", "weekly", "12 ± 2 weeks", "cycle 2 day 8", "day -3"]
    ),
    st.tuples(NUMBERS, st.sampled_from([*DAYS, "hour"])).map(lambda time: f"{time[0]} {time[1]}s"),
    st.tuples(NUMBERS, st.sampled_from([*DAYS])).map(lambda time: f"{time[1]} {time[0]}"),
    st.tuples(NUMBERS, NUMBERS, st.sampled_from([*DAYS])).map(lambda time: f"{time[0]}-{time[0] + time[1]} {time[2]}s"),
    st.tuples(NUMBERS, NUMBERS, st.sampled_from([*DAYS])).map(
        lambda time: f"{time[2]}s {time[0]}, {time[0] + time[1]}"
    ),
)
JOINTS = st.sampled_from([", ", "; ", " and ", " to ", ", and up to ", " / "])
TEXTS = st.lists(st.tuples(PIECES, JOINTS), max_size=5).map(lambda parts: "".join(map("".join, parts)))


@settings(deadline=None)
@given(st.one_of(TEXTS, st.text(), st.text("0123456789 -+±/.,dwmyh日"), st.text("½1.2 yearandhlf")))
def test_days_are_sorted_and_never_negative(text):
    """Whatever the text is, and each day once."""
    days = read_days(text)
    assert days is None or (days and days == sorted(set(days)) and days[0] >= 0)


@settings(deadline=None)
@given(TEXTS, st.sampled_from([*DAYS]), st.booleans())
def test_later_time_never_removes_an_earlier_one(text, unit, is_number_first):
    """The text ends with one more time, which is later than all that it named before."""
    before = read_days(text) or []
    number = max(before, default=0) // DAYS[unit] + 1
    after = read_days(text + (f"{number} {unit}s" if is_number_first else f"{unit} {number}"))
    assert set(before) < set(after)


@settings(deadline=None)
@given(TEXTS)
def test_case_and_width_never_matter(text):
    """Capital letters and full-width characters read the same."""
    days = read_days(text)
    assert read_days(text.upper()) == days
    assert read_days(text.translate(WIDE)) == days


@settings(deadline=None)
@given(TEXTS, st.sampled_from(["in all arms", "as seen by the doctor", "whichever comes first", "(SF-36 score)"]))
def test_unrelated_text_never_removes_a_day(text, other):
    """Before it or behind it."""
    days = read_days(text)
    assert read_days(f"{other}: {text}") == days
    assert read_days(f"{text} {other}") == days
