"""Times in plain words: one way to write them, for the grammar in `time_frames.py`.

Here are the spellings: units, numbers in words, halves, dashes, digits of other widths. Here too is what looks like a
time and is none: calendar dates, tolerances, rhythms, and the numbers of cycles and visits.
"""

from __future__ import annotations

import re
import unicodedata
from typing import TYPE_CHECKING, NamedTuple

if TYPE_CHECKING:
    from collections.abc import Callable

SPELLINGS = {
    "decade": "decades?",
    "year": "years?|yrs?|年",
    "half year": "semesters?",
    "quarter": "quarters?|trimesters?",
    "month": "months?|mounths?|monthes|monts?|moths?|mths?|mos?|个月|個月|月",
    "fortnight": "fortnights?",
    "week": "weeks?|wks?|周|星期",
    "day": "days?|pod|pnd|天|日",
    "hour": "hours?|hrs?|小时",
    "minute": "minutes?|mins?|分钟",
    "second": "seconds?|secs?",
}
"""How each unit is written in lower case, as a regular expression; some are frequent typing errors."""

UNIT = rf"(?:{'|'.join(SPELLINGS.values())})(?![a-z])"
NUMBER = r"\d{1,6}(?:\.\d+)?"
BELOW_ZERO = "\u2212"
"""The sign of a number below zero. Every other dash is a hyphen, which may also be that of a range."""
BARRIER = "|"
"""What stands in a text for a removed piece, so that no list of numbers goes across it."""

_ADJECTIVE = (  # what may stand between a number and its unit
    r"(?:post-?\s?(?:operative|op|surgical|natal|partum|dose|treatment)|consecutive|calendar|full|additional|complete"
    r"|whole|more|study|treatment|hospital|gestational|working|business|completed|continuous|successive)"
)
NEXT_TO = rf"\s*-?\s*(?:{_ADJECTIVE}[\s-]+)?"
"""What stands between a number and the unit after it."""

_ONES = ("one", "two", "three", "four", "five", "six", "seven", "eight", "nine", "ten", "eleven", "twelve")
_TEENS = ("thirteen", "fourteen", "fifteen", "sixteen", "seventeen", "eighteen", "nineteen")
_TENS = ("twenty", "thirty", "forty", "fifty", "sixty", "seventy", "eighty", "ninety")
_ORDINALS = ("first", "second", "third", "fourth", "fifth", "sixth", "seventh", "eighth", "ninth", "tenth", "eleventh")
_CARDINAL_WORDS = {word: number for number, word in enumerate((*_ONES, *_TEENS), 1)}
_CARDINAL_WORDS |= {word: 10 * number for number, word in enumerate(_TENS, 2)}
_ORDINAL_WORDS = {word: number for number, word in enumerate((*_ORDINALS, "twelfth"), 1)}

_CHARACTERS = str.maketrans(
    {"½": " 1/2", "、": ",", "。": ".", "·": ".", "～": "~", "\u2044": "/", "≤": " ", "≥": " ", "<": " ", ">": " "}
    | dict.fromkeys("\u2010\u2011\u2012\u2013\u2014\u2015\u2212\ufe63", "-")
)
_MONTHS = ("jan", "feb", "mar", "apr", "may", "jun", "jul", "aug", "sep", "oct", "nov", "dec")
_MONTH = (
    r"(?:jan(?:uary)?|feb(?:ruary)?|mar(?:ch)?|apr(?:il)?|may|june?|july?|aug(?:ust)?|sept?(?:ember)?|oct(?:ober)?"
    r"|nov(?:ember)?|dec(?:ember)?)"
)
_LAST_UNIT = rf"{UNIT}(?!\s*[-#:=]?\s*\d)"  # without numbers of its own, as in `Day 1`
_ORDINAL = rf"(?:\d+\s?(?:st|nd|rd|th)|{'|'.join(_ORDINAL_WORDS)})(?![a-z])"
_WEEKS_OR_SHORTER = "|".join(SPELLINGS[unit] for unit in ("week", "day", "hour", "minute"))
_TOLERANCE = r"\s*(?:±|\+\s*/?\s*-)\s*(?:\d+\s*-\s*)?\d+(?:\.\d+)?"
_LABELS = (
    "cycle",
    "course",
    "visit",
    "phase",
    "part",
    "cohort",
    "group",
    "arm",
    "stage",
    "session",
    "point",
    "dose",
    "step",
)
_COUNTED = "times?|sessions?|visits?|doses?|days?|hours?|hrs?|minutes?|mins?|nights?"
_ORDINAL_WORD = re.compile("|".join(_ORDINAL_WORDS))


def _write_ordinals(found: re.Match[str]) -> str:
    return _ORDINAL_WORD.sub(lambda word: str(_ORDINAL_WORDS[word[0]]), found[0])


def _write_cardinal(found: re.Match[str]) -> str:
    return str(sum(_CARDINAL_WORDS[word] for word in re.split(r"[\s-]", found[0])))


class _Rewrite(NamedTuple):
    """One way to spell more plainly.

    Attributes:
        hints: pieces of text, one of which stands in each text that the pattern matches: looking for them is fast.
        pattern: what is replaced.
        replacement: what by.
    """

    hints: tuple[str, ...]
    pattern: re.Pattern[str]
    replacement: str | Callable[[re.Match[str]], str]


_REWRITES = tuple(
    _Rewrite(hints, re.compile(pattern), replacement)
    for hints, pattern, replacement in (
        # Numbers as digits, apart from the word before them.
        (("to", "at", "and"), r"\b(to|upto|at|and)(?=\d)", r"\1 "),
        (("h",), r"\b(\d+)\s?h\s?\d\d\b", r"\1 h"),
        (("+",), rf"(?<!\d)(?<!\d[\s-])\b({UNIT}|[ywdmhj])\s?\+\s?(?=\d)", r"\1 "),
        (("q",), r"\bq\s?(?=\d)", "every "),
        ((",",), r"(?<![\d,.])([1-9]),(\d{3})(?![\d,])", r"\1\2"),
        (("mester", "quarter"), rf"\b{_ORDINAL}[\s-]+(?:{SPELLINGS['quarter']})\b", BARRIER),  # a stage of pregnancy
        (
            ("st", "nd", "rd", "th"),
            rf"\b{_ORDINAL}(?:(?:[\s,&-]|and|or|to)+{_ORDINAL})*(?={NEXT_TO}{UNIT})",
            _write_ordinals,
        ),
        (
            ("o", "e", "i"),
            rf"\b(?:(?:{'|'.join(_TENS)})[\s-](?:{'|'.join(_ONES[:9])})|{'|'.join(reversed(_CARDINAL_WORDS))})(?![a-z])",
            _write_cardinal,
        ),
        (("st", "nd", "rd", "th"), r"(?<=\d)\s?(?:st|nd|rd|th)\b", ""),
        # Calendar dates.
        (("-", "/", "."), r"\b(?:\d{4}[/.-]\d{1,2}[/.-]\d{1,2}|\d{1,2}[/.-]\d{1,2}[/.-]\d{4})\b", BARRIER),
        (
            _MONTHS,
            rf"\b{_MONTH}\b\.?(?:\s*\d{{1,2}}\s*,)?[\s,/]*(?:of\s+)?(?:(?:19|20)\d\d|(?<=/)\d\d)\b",
            BARRIER,
        ),
        (_MONTHS, rf"\b\d{{1,2}}\s+(?:of\s+)?{_MONTH}\b(?:[\s,]*(?:19|20)\d\d)?", BARRIER),
        (("年",), r"(?:19|20)\d\d\s*年(?:\s*\d+\s*月)?(?:\s*\d+\s*日)?", BARRIER),
        (
            ("19", "20"),
            rf"(?<!day )(?<!days )(?<!week )(?<!weeks )\b(?:19|20)\d\d\b(?!\s*-?\s*(?:{_WEEKS_OR_SHORTER}))",
            BARRIER,
        ),
        # Rhythms, and what is counted instead of days.
        (
            (" a ", " an "),
            rf"(?:{NUMBER}[\s-]*)?\b(?:once|twice|{_COUNTED})\s+an?\s+{UNIT}",
            BARRIER,
        ),
        (
            ("per", "ea", "every", "/"),
            rf"(?:{NUMBER}[\s-]*(?:[a-z]+\s*)?)?(?:\b(?:per|each|every)\b|/)\s*(?:other\s+|single\s+)?{_LAST_UNIT}",
            BARRIER,
        ),
        (
            _LABELS,
            rf"\b(?:{'|'.join(_LABELS)})s?\s*#?\d+(?:(?:[\s,&-]|and|to)+\d+)*(?![\d.]|\s*-?{_LAST_UNIT}|\s*-?[dwmyh]\b)",
            BARRIER,
        ),
        (("t", "v"), r"\(?\b[tv][1-9]\b\)?", BARRIER),
        # Baseline as that from which days count.
        (
            ("base",),
            rf"({UNIT}(?:\s*{NUMBER})?\s+from|\b(?:after|post|following|since))[\s-]+(?:the\s+)?base[\s-]?line\b",
            rf"\1 {BARRIER}",
        ),
        # Tolerances.
        (("(",), rf"\(\s*(?:±|\+\s*/?\s*-|[+-])\s*{NUMBER}[^()\d]{{0,20}}\)", " "),
        (("±", "+"), rf"({UNIT}\s*-?{NUMBER}|{NUMBER}\s*-?{UNIT}){_TOLERANCE}\s*-?{UNIT}", r"\1 "),
        (("±", "+"), rf"(?<=\d){_TOLERANCE}", " "),
        # Numbers below zero, and halves.
        (
            ("-", "minus"),
            rf"((?:\A|[(,;:=~]|\b(?:to|and|or|through|until)\b|(?<!\d)(?<!\d[\s-])\b{UNIT}\s)\s*)(?:-\s?|minus\s+)(?={NUMBER})",
            rf"\1{BELOW_ZERO}",
        ),
        (("half", "1/2"), r"\b(\d+)(?:\s+and\s+(?:an?\s+)?half|\s+1/2)\b", r"\1.5"),
        (
            ("half", "1/2"),
            rf"\b(?:half(?:[\s-]+an?)?|1/2(?=\s+(?:an?\s+)?(?:year|hour))(?:\s+an?)?)(?=[\s-]+{UNIT})",
            "0.5",
        ),
        (("half",), rf"\b(\d+)(\s*-?\s*{UNIT})\s+and\s+a\s+half\b", r"\1.5\2"),
        (("half",), rf"\ban?\s+({UNIT})\s+and\s+a\s+half\b", r"1.5 \1"),
        (("a",), rf"\ban?\s+(?={UNIT})", "1 "),
    )
)


def spell_plainly(text: str) -> str:
    """Return a text with its times spelled in one way, and without what is not a time.

    Args:
        text: any text, in any case and width.

    Returns:
        The text in lower case with plain ASCII digits and punctuation. Numbers in words and ordinals before a unit are
        digits (`second and 3rd week` becomes `2 and 3 week`), halves are decimals, `BELOW_ZERO` stands before a number
        below zero. `BARRIER` stands for each calendar date, rhythm, and number of a cycle or visit. Tolerances
        are removed.
    """
    text = unicodedata.normalize("NFKC", text.translate(_CHARACTERS)).lower().translate(_CHARACTERS)
    for hints, pattern, replacement in _REWRITES:
        if any(hint in text for hint in hints):
            text = pattern.sub(replacement, text)
    return text
