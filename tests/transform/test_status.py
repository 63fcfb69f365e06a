"""A status is one of the registry's fourteen, or keeps its text and does not belong to a group."""

from __future__ import annotations

import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from transform.normalise.status import normalise_status

COLUMNS = ["overall_status", "status_label", "status_group", "reason"]
STATUSES = [
    ("NOT_YET_RECRUITING", "Not yet recruiting", "planned"),
    ("RECRUITING", "Recruiting", "open"),
    ("ENROLLING_BY_INVITATION", "Enrolling by invitation", "open"),
    ("ACTIVE_NOT_RECRUITING", "Active, not recruiting", "active"),
    ("COMPLETED", "Completed", "completed"),
    ("SUSPENDED", "Suspended", "stopped"),
    ("TERMINATED", "Terminated", "stopped"),
    ("WITHDRAWN", "Withdrawn", "stopped"),
    ("UNKNOWN", "Unknown status", "unknown"),
    ("AVAILABLE", "Available", "expanded_access"),
    ("NO_LONGER_AVAILABLE", "No longer available", "expanded_access"),
    ("TEMPORARILY_NOT_AVAILABLE", "Temporarily not available", "expanded_access"),
    ("APPROVED_FOR_MARKETING", "Approved for marketing", "expanded_access"),
    ("WITHHELD", "Withheld", "withheld"),
]
SPELLINGS = {spelling.lower() for code, label, _ in STATUSES for spelling in (code, label)}


def expected(rows: list[tuple[str | None, ...]], index: pd.Index | None = None) -> pd.DataFrame:
    """Return rows of code, label, group and reason as the frame that the normaliser returns."""
    return pd.DataFrame(rows, columns=COLUMNS, index=index, dtype="str")


@pytest.mark.parametrize("column", [0, 1])
@pytest.mark.parametrize("respell", [str, str.upper, str.lower, "  {}\n".format])
def test_codes_and_wordings_are_read(column: int, respell: type[str]) -> None:
    """Every status is read from its code and from the page's wording, in any case and with outer spaces."""
    raw = pd.Series([respell(status[column]) for status in STATUSES])
    pd.testing.assert_frame_equal(normalise_status(raw), expected([(*status, None) for status in STATUSES]))


def test_unknown_is_read_in_any_case() -> None:
    """`Unknown` is the code in another case, so it is a known status."""
    assert normalise_status(pd.Series(["Unknown"])).loc[0, "overall_status"] == "UNKNOWN"


@pytest.mark.fault(21)
@pytest.mark.parametrize(
    "raw", ["PAUSED", " Paused ", "Active not recruiting", "OTHER", "", "nan", "RECRUITING/COMPLETED"]
)
def test_an_unknown_status_keeps_its_text(raw: str) -> None:
    """A text outside the list stays as it is, without label or group, and has a reason."""
    result = normalise_status(pd.Series([raw]))
    pd.testing.assert_frame_equal(result, expected([(raw, None, None, "unknown overall status")]))


def test_missing_status_is_not_a_problem() -> None:
    """NULL stays NULL without a reason, among known and unknown statuses and on any index."""
    index = pd.Index(["x", "y", "x"])
    result = normalise_status(pd.Series([None, "COMPLETED", "LOST"], index=index))
    rows = [
        (None, None, None, None),
        ("COMPLETED", "Completed", "completed", None),
        ("LOST", None, None, "unknown overall status"),
    ]
    pd.testing.assert_frame_equal(result, expected(rows, index))


@pytest.mark.parametrize("dtype", ["object", "float64", "str", "string"])
@pytest.mark.parametrize("size", [0, 2])
def test_an_empty_column_keeps_the_types(dtype: str, size: int) -> None:
    """A column without any value, of any type, gives NULLs of the usual types."""
    raw = pd.Series([None] * size, index=range(5, 5 + size), dtype=dtype)
    pd.testing.assert_frame_equal(normalise_status(raw), expected([(None,) * 4] * size, raw.index))


@given(st.lists(st.none() | st.text() | st.sampled_from(sorted(SPELLINGS)), min_size=1))
@settings(deadline=None)
def test_no_status_is_lost_or_invented(texts: list[str | None]) -> None:
    """Of any texts, exactly the known ones get a group; all others are kept and have a reason."""
    raw = pd.Series(texts, dtype="str", index=[index * 3 for index in range(len(texts))])
    result = normalise_status(raw)
    known = pd.Series([text is not None and text.strip().lower() in SPELLINGS for text in texts], raw.index)
    assert result["status_group"].notna().equals(known)
    assert result["status_label"].notna().equals(known)
    assert result["reason"].notna().equals(raw.notna() & ~known)
    pd.testing.assert_series_equal(result["overall_status"][~known], raw[~known], check_names=False)
    pd.testing.assert_frame_equal(normalise_status(result["overall_status"]), result)
