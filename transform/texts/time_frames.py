"""Time frames: all days that a text such as `Baseline, 28 and 90 days` names.

The grammar, on the text that `spell_plainly` gives; the spellings are there:

    text     = (time | baseline | anything else)*
    time     = numbers unit | unit numbers       3, 6 and 12 months | 4th week | Days 1-28 | POD 7
    numbers  = number (gap number)*              a range is a list of its ends
    gap      = spaces, punctuation, and | or | to | through | until ...
    sum      = time + time | time smaller time   Day 5 + 48 hours | 2 years and 9 months | 3 weeks 4 days
    baseline = baseline | pre-dose | before surgery | T0 ...

A unit takes the numbers after it (`Weeks 2, 4`); a number that has a unit right behind it belongs to that one
(`Week 2, 6 months`).

What the numbers mean:

- A week is 7 days. A year is twelve months, a quarter or trimester three. Months that make whole years count 365 days
  a year, other months 30 days each: 12 months are 365, 18 months and 1.5 years 540, 24 months 730.
- Under 24 hours is 0. All else is rounded to whole days, halves up.
- Baseline and all that is before the start (`Day -1`, `2 weeks before surgery`) are 0, where they are named.
- `Every 3 months` names 90. Other rhythms name none: `weekly`, `every year`, `3 days a week`.
- A tolerance (`± 3 days`), a calendar date, and a number without a unit name none.
- Cycles are not counted: `Cycle 2 Day 15` names 15, and `each cycle is 28 days` names 28.
"""

from __future__ import annotations

import math
import re
from typing import TYPE_CHECKING, NamedTuple

import pandas as pd

from transform.normalise.distinct import on_distinct_values
from transform.texts.time_words import BELOW_ZERO, NEXT_TO, NUMBER, SPELLINGS, UNIT, spell_plainly

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

LONGEST_DAYS = 200 * 365
"""A longer time is a typing error, and is not read."""
LONGEST_TEXT = 1000
"""How many characters are read. The registry accepts 254."""

_MONTHS = {"decade": 120, "year": 12, "half year": 6, "quarter": 3, "month": 1}
_DAYS = {"fortnight": 14, "week": 7, "day": 1, "hour": 1 / 24, "minute": 1 / 1440, "second": 1 / 86400}
_LETTERS = {"y": "year", "m": "month", "w": "week", "d": "day", "j": "day", "h": "hour"}  # j: jour

_NUMBERS = (
    rf"{BELOW_ZERO}?{NUMBER}"
    r"(?:(?:[\s,;/&~-]|\b(?:and|or|to|through|thru|until|till|then|up|vs|versus|at)\b|\([^()\d]{1,30}\))*"
    rf"(?:(?<=[^\d.])){BELOW_ZERO}?{NUMBER})*"
)
_EARLIER = (
    rf"\s*-?\s*(?:before|prior|preceding|pre)\b"
    rf"(?:(?P<later>\s+and\s+after)|(?P<elsewhere>\s+(?:to\s+)?(?:the\s+)?(?:discharge|end|death|delivery|last|next|birth|{UNIT})))?"
)
_START = (  # what a trial begins with
    r"(?:dos(?:es?|ing)|treatments?|therap\w+|surg\w+|operati\w+|interventions?|procedures?|administration|injections?"
    r"|infusions?|chemo\w+|radio\w+|radiation|sessions?|start\w*|beginning|initiat\w+|commenc\w+|randomi[sz]ation"
    r"|enrol\w+|inclusion|ana?esthe\w+|induction|transplant\w*|implant\w*|exercise|training|medication|drug|vaccin\w+"
    r"|immuni[sz]ation|transfusion|amputation|block|program\w*|application|pulse|meals?|tests?|study|trial|biopsy"
    r"|intubation|insertion|blood|us(?:e|ing)|receiving|taking|conditioning|ablation|emboli[sz]ation|admission"
    r"|rehabilitation|massage|education|cessation|prescription|appl\w+|incision|experiment\w*|op|sequestrectomy)"
)
_BASELINE = re.compile(
    r"\b(?:basal(?!\s*[a-z])|base[\s-]?lines?|basline|t\s?=?\s?0|time\s(?:point\s)?(?:0|zero)"
    rf"|pre[\s-]?{_START}|pre(?=\s*[(,/;&:]|\s*-?\s*(?:and|to|vs|mid|post)\b|\s*-\s|\s*\Z)"
    rf"|(?:before|prior\s+to)\s+(?:(?:the|any|each|every|its|study|first|1|oral|\w+ic|\w+al|drug)\s+){{0,3}}{_START}"
    r"|before(?=\s*(?:and\b|[,&/])))\b(?!\.\d)"
)
_TIME = re.compile(
    # numbers unit: a comma or full stop may come between, unless the unit has numbers of its own.
    rf"(?<![a-z\d.])(?P<before>{_NUMBERS})"
    rf"(?:{NEXT_TO}|\s*[.,]\s*(?!{UNIT}\s*\d))(?:(?P<unit>{UNIT})|(?P<letter>[ywdmh])(?![a-z\d]))"
    rf"(?P<earlier>{_EARLIER})?"
    # unit numbers
    rf"|(?<![a-z])(?:(?P<first_unit>{UNIT})|(?P<first_letter>[ywdmhj])(?=[\s-]?\d))"
    rf"(?:\s*(?:[-#:=(.]|no\.?|number)?\s*)(?P<after>{_NUMBERS})"
    rf"(?P<taken>{NEXT_TO}(?:{UNIT}|[ywdmh](?![a-z\d]))(?!\s*-?\s*\d))?"
)
_NUMBER = re.compile(rf"{BELOW_ZERO}?{NUMBER}")
_PLUS = re.compile(r"\s*(?:\+|plus)\s*")
_JOINT = re.compile(r"\s*(?:and\s*)?")
_UNIT_NAME = re.compile("|".join(f"(?P<{name.replace(' ', '_')}>{words})" for name, words in SPELLINGS.items()))


class _Time(NamedTuple):
    """Numbers with their unit, and where they stand in the text."""

    numbers: tuple[float, ...]
    unit: str
    start: int
    end: int
    has_unit_first: bool = False


@on_distinct_values
def normalise_time_frame(raw: pd.Series[str]) -> pd.DataFrame:
    """Read time frames in any case and width. The grammar and the meaning of units are written above.

    Args:
        raw: time frames as the record has them.

    Returns:
        On raw's index: `time_frame_days` (object: the sorted list of all days that are named, each once; None if no
        time can be read), `first_time_frame_day` and `last_time_frame_day` (Int64).
    """
    days = [read_days(text) if isinstance(text, str) else None for text in raw]
    return pd.DataFrame(
        {
            "time_frame_days": pd.Series(days, index=raw.index, dtype="object"),
            "first_time_frame_day": pd.array([each[0] if each else None for each in days], "Int64"),
            "last_time_frame_day": pd.array([each[-1] if each else None for each in days], "Int64"),
        },
        index=raw.index,
    )


def read_days(text: str) -> list[int] | None:
    """Return the sorted days that one time frame names, each once; None if it names no time."""
    plain = spell_plainly(text[:LONGEST_TEXT])
    amounts: list[tuple[float, float]] = []  # months and days of each time
    last: _Time | None = None
    for time in _find_times(plain):
        read = [_measure(number, time.unit) for number in time.numbers]
        if last is not None and _is_sum(last, time, plain[last.end : time.start]):
            months, days = amounts.pop()
            read[0] = (months + read[0][0], days + read[0][1])
        amounts += read
        last = time
    named = {_count_days(months, days) for months, days in amounts}
    if _BASELINE.search(plain):
        named.add(0)
    return sorted(day for day in named if day <= LONGEST_DAYS) or None


def _find_times(plain: str) -> Iterator[_Time]:
    """Find the times of a text that is spelled plainly, in their order."""
    position = 0
    while found := _TIME.search(plain, position):
        position = found.end()
        if found["elsewhere"]:
            # The day of `2 days before discharge` is not known.
            position = found.start("earlier")
            continue
        group = "after" if found["after"] else "before"
        written = list(_NUMBER.finditer(found[group] or ""))
        if found["taken"]:
            left = written[_count_own(written) :]
            written = written[: len(written) - len(left)]
            position = found.start(group) + left[0].start()
        numbers = [_read_number(number[0]) for number in written]
        if found["earlier"]:
            numbers = [0, *numbers] if found["later"] else [0]
        if numbers:
            yield _Time(tuple(numbers), _find_unit(found), found.start(), position, group == "after")


def _count_own(written: Sequence[re.Match[str]]) -> int:
    """Return how many of the numbers after a unit are its own, where another unit follows them.

    The other unit takes the last number, and what belongs to it: numbers rise, as in `week 4, 8, 3 and 6 months`.
    """
    numbers = [_read_number(number[0]) for number in written]
    own = len(numbers) - 1
    while own > 0 and numbers[own - 1] <= numbers[own]:
        own -= 1
    return own or len(numbers) - 1


def _find_unit(found: re.Match[str]) -> str:
    """Return the name of the unit of a time; baseline is a day."""
    letter = found["letter"] or found["first_letter"]
    if letter:
        return _LETTERS[letter]
    written = _UNIT_NAME.fullmatch(found["unit"] or found["first_unit"] or "day")
    return str(written.lastgroup).replace("_", " ") if written else ""


def _read_number(number: str) -> float:
    """Return the number; what is below zero is before the start, and counts as zero."""
    return 0 if number.startswith(BELOW_ZERO) else float(number)


def _is_sum(last: _Time, time: _Time, between: str) -> bool:
    """Return whether two times that follow each other are one: `day 5 + 48 hours`, `2 years and 9 months`."""
    if _PLUS.fullmatch(between):
        return True
    if len(last.numbers) != 1 or len(time.numbers) != 1 or last.has_unit_first or time.has_unit_first:
        return False
    is_smaller = _count_days(*_measure(time.numbers[0], time.unit)) < _count_days(*_measure(1, last.unit))
    return is_smaller and last.unit != time.unit and _JOINT.fullmatch(between) is not None


def _measure(number: float, unit: str) -> tuple[float, float]:
    """Return months and days of a time."""
    return (number * _MONTHS[unit], 0) if unit in _MONTHS else (0, number * _DAYS[unit])


def _count_days(months: float, days: float) -> int:
    """Return whole days by the rules above."""
    total = days + (months // 12 * 365 if months % 12 == 0 else months * 30)
    return 0 if total < 1 else math.floor(total + 0.5)
