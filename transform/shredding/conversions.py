"""The conversions of `catalog/conversions.toml`: functions from the texts of records to the values of columns.

A function that reads a text works on each distinct text once, because texts repeat thousands of times. A cast accepts
only what JSON writes and gives NULL for every other text. Each function gives NULL for NULL unless it says otherwise.
"""

from __future__ import annotations

import re
from calendar import monthrange
from datetime import date
from functools import lru_cache, partial
from typing import TYPE_CHECKING, Any

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

if TYPE_CHECKING:
    from collections.abc import Callable

    Reader = Callable[[str], Any]
    Conversion = Callable[[pa.Array], pa.Array]

INT64 = pa.int64()

UNCHANGED = ("VARCHAR", "VARCHAR[]")
"""The conversions that change nothing."""

PARTICIPANTS = "Participants"
"""What a count of a baseline or an outcome counts if the record does not say."""

_WHOLE_NUMBER = re.compile("-?[0-9]+")
_NUMBER = r"[-+]?([0-9]+\.?[0-9]*|\.[0-9]+)([eE][-+]?[0-9]+)?"
_NUMBER_FORM = re.compile(_NUMBER)
_PARTIAL_DATE = re.compile("([0-9]{4})(?:-([0-9]{2})(?:-([0-9]{2}))?)?")
_TIME = re.compile("([0-9]{4}-[0-9]{2}-[0-9]{2})T([0-9]{2}):([0-9]{2})(?::([0-9]{2}))?")
_INVESTIGATOR = "(?s)investigator|study.chair"
_SPACES = "".join(map(chr, [0x20, 0xA0, 0x1680, *range(0x2000, 0x200B), 0x202F, 0x205F, 0x3000]))
"""All spaces of Unicode, but no tab and no line end."""

_EPOCH = date(1970, 1, 1).toordinal()
_DAYS_IN_400_YEARS = 146_097


def convert_distinct(values: pa.Array, read: Reader, kind: pa.DataType) -> pa.Array:
    """Return what a function makes of each text, worked out once for each distinct text."""
    coded = values.dictionary_encode()
    return pa.array([read(text) for text in coded.dictionary.to_pylist()], kind).take(coded.indices)


def read_integer(text: str, limit: int) -> int | None:
    """Read a whole number from `-limit` to `limit - 1`."""
    if not _WHOLE_NUMBER.fullmatch(text):
        return None
    # Python refuses to read thousands of digits; no number of that length is within the limit.
    digits = text.lstrip("-").lstrip("0")
    if len(digits) > len(str(limit)):
        return None
    number = int(digits or "0")
    if text.startswith("-"):
        number = -number
    return number if -limit <= number < limit else None


def read_number(text: str) -> float | None:
    """Read a number; one that is too large for a double is infinite."""
    return float(text) if _NUMBER_FORM.fullmatch(text) else None


@lru_cache(maxsize=100_000)  # a record has the same days in many columns
def read_day(text: str, *, of_month: str) -> int | None:
    """Read a date as days since 1970: a year becomes its last day, and a month its first or its last.

    AACT reads dates in this way.

    Args:
        text: `yyyy`, `yyyy-MM` or `yyyy-MM-dd`.
        of_month: "first" or "last".
    """
    parts = _PARTIAL_DATE.fullmatch(text)
    if not parts:
        return None
    year, month, day = (int(part) if part else None for part in parts.groups())
    assert year is not None
    # Python's calendar has no year 0. The calendar repeats after 400 years.
    shift = 400 if year == 0 else 0
    try:
        if month is None:
            last_month, last_day = 12, 31
        else:
            last_month = month
            last_day = day or (1 if of_month == "first" else monthrange(year + shift, month)[1])
        # A day 00 is no day, although it is false like an absent one.
        if day == 0:
            return None
        found = date(year + shift, last_month, last_day).toordinal()
    except ValueError:
        return None
    return found - _EPOCH - (_DAYS_IN_400_YEARS if shift else 0)


def read_time(text: str) -> int | None:
    """Read a time to the minute or the second, as microseconds since 1970; 24:00 is the next day's beginning."""
    parts = _TIME.fullmatch(text)
    if not parts:
        return None
    day = read_day(parts[1], of_month="last")
    hour, minute, second = int(parts[2]), int(parts[3]), int(parts[4] or 0)
    is_midnight = (hour, minute, second) == (24, 0, 0)
    if day is None or not (is_midnight or (hour < 24 and minute < 60 and second < 60)):
        return None
    return (day * 86_400 + hour * 3600 + minute * 60 + second) * 1_000_000


def read_p_value(text: str) -> float | None:
    """Read a p-value without its modifier: `<0.001` is 0.001."""
    return read_number(re.sub("[<> =]", "", text))


def read_p_value_modifier(text: str) -> str:
    """Return what stands around the number of a p-value: `<` of `<0.001`."""
    return re.sub("[0-9.-]", "", text).strip(_SPACES)


def convert_numbers(values: pa.Array) -> pa.Array:
    """Return texts as doubles; NULL for a text that is not a number."""
    numbers = pc.if_else(pc.match_substring_regex(values, rf"^{_NUMBER}\z"), values, pa.scalar(None, pa.string()))
    try:
        return pc.cast(numbers, pa.float64())
    except pa.ArrowInvalid:
        # Arrow's cast refuses the whole array for a number beyond the range of a double or with a plus; both are rare.
        return convert_distinct(values, read_number, pa.float64())


def convert_days(values: pa.Array, of_month: str) -> pa.Array:
    """Return texts as dates; see `read_day`."""
    return convert_distinct(values, partial(read_day, of_month=of_month), pa.date32())


def convert_times(values: pa.Array) -> pa.Array:
    """Return texts as times; see `read_time`."""
    return convert_distinct(values, read_time, pa.timestamp("us"))


def join_texts(lists: pa.Array) -> pa.Array:
    """Return the texts of each list with a slash between them; NULL for a list without texts."""
    return pa.array(["/".join(_list_texts(texts)) or None for texts in lists.to_pylist()], pa.string())


def take_first(lists: pa.Array) -> pa.Array:
    """Return the first text of each list; NULL if it has none."""
    lengths = np.asarray(pc.fill_null(pc.list_value_length(lists), 0))
    starts = np.asarray(lists.offsets)[:-1]
    is_empty = lengths == 0
    return lists.values.take(pa.array(np.where(is_empty, 0, starts), mask=is_empty))


def sort_distinct(lists: pa.Array) -> pa.Array:
    """Return the different texts of each list, sorted by their characters, which is the order of their bytes too."""
    return pa.array(
        [None if texts is None else sorted(set(_list_texts(texts))) for texts in lists.to_pylist()],
        pa.list_(pa.string()),
    )


def contains(lists: pa.Array, text: str) -> pa.Array:
    """Return whether each list has a text; NULL where there is no list."""
    return pa.array([None if texts is None else text in texts for texts in lists.to_pylist()], pa.bool_())


def count_texts(lists: pa.Array) -> pa.Array:
    """Return the number of elements of each list; 0 where there is no list."""
    return pc.fill_null(pc.list_value_length(lists), 0)


def is_investigator(roles: pa.Array) -> pa.Array:
    """Return whether each role is that of an investigator. NULL is not."""
    # AACT's pattern is `investigator|study.chair`, in any case.
    found = pc.match_substring_regex(pc.utf8_lower(roles), _INVESTIGATOR)
    return pc.fill_null(found, fill_value=False)


def add_registry_address(nct_ids: pa.Array) -> pa.Array:
    """Return the address of each trial's page on the registry."""
    return pc.binary_join_element_wise("https://clinicaltrials.gov/study/", nct_ids, "")


def make_document_address(file_names: pa.Array, nct_ids: pa.Array) -> pa.Array:
    """Return the address of each provided document."""
    folder = pc.utf8_slice_codeunits(nct_ids, -2)
    return pc.binary_join_element_wise(
        "https://ClinicalTrials.gov/ProvidedDocs/", folder, "/", nct_ids, "/", file_names, ""
    )


def count_where_interventional(lists: pa.Array, study_types: pa.Array, *, wanted: bool) -> pa.Array:
    """Return the number of elements of each list of a trial that is interventional, or is not; else NULL."""
    found = pc.match_substring(pc.utf8_lower(study_types), "interventional")
    counts = pc.cast(pc.list_value_length(lists), pa.int32())
    return pc.if_else(
        pc.equal(pc.fill_null(found, fill_value=False), pa.scalar(wanted)), counts, pa.scalar(None, pa.int32())
    )


def _map_texts(read: Reader, kind: pa.DataType) -> Conversion:
    return lambda values: convert_distinct(values, read, kind)


def _list_texts(texts: list[str | None] | None) -> list[str]:
    return [text for text in texts or () if text is not None]


_YES_OR_NO = {"true": "Yes", "false": "No"}
_TRUTH = {"true": True, "false": False}

ONE_VALUE: dict[str, Conversion] = {
    "BOOLEAN": _map_texts(_TRUTH.get, pa.bool_()),
    "INTEGER": _map_texts(partial(read_integer, limit=2**31), pa.int32()),
    "BIGINT": _map_texts(partial(read_integer, limit=2**63), INT64),
    "DOUBLE": convert_numbers,
    "DATE": partial(convert_days, of_month="last"),
    "first_day_of_month": partial(convert_days, of_month="first"),
    "TIMESTAMP": convert_times,
    "VARCHAR": lambda values: values,
    "VARCHAR[]": lambda lists: lists,
    "downcase": pc.utf8_lower,
    "joined": join_texts,
    "first": take_first,
    "sorted_distinct": sort_distinct,
    "registry_page": add_registry_address,
    "site_count": count_texts,
    "includes_participant": partial(contains, text="PARTICIPANT"),
    "includes_care_provider": partial(contains, text="CARE_PROVIDER"),
    "includes_investigator": partial(contains, text="INVESTIGATOR"),
    "includes_outcomes_assessor": partial(contains, text="OUTCOMES_ASSESSOR"),
    "includes_adult": partial(contains, text="ADULT"),
    "includes_child": partial(contains, text="CHILD"),
    "includes_older_adult": partial(contains, text="OLDER_ADULT"),
    "is_investigator": is_investigator,
    "is_not_investigator": lambda roles: pc.invert(is_investigator(roles)),
    "yes_or_no": _map_texts(_YES_OR_NO.get, pa.string()),
    "units_analyzed": lambda values: pc.fill_null(values, PARTICIPANTS),
    "p_value": _map_texts(read_p_value, pa.float64()),
    "p_value_modifier": _map_texts(read_p_value_modifier, pa.string()),
}
"""The conversions of one value, by name. Each takes the values as one array, before they are spread over the rows."""

SEVERAL_VALUES: dict[str, Callable[..., pa.Array]] = {
    "count_if_interventional": partial(count_where_interventional, wanted=True),
    "count_unless_interventional": partial(count_where_interventional, wanted=False),
    "provided_document": make_document_address,
}
"""The conversions of several values, by name. Each takes one array per path, with one value per row."""
