"""Give hostile input to the code that reads input, and check the result.

A result is an answer, an error of this project, or a quarantined record. Where the product does anything else, a target
raises AssertionError, or lets the unexpected error through.
"""

from __future__ import annotations

import json
import re
from contextlib import suppress
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any
from urllib.parse import urlencode

import orjson
import pandas as pd

from extract.client.listing import list_studies
from extract.client.policy import read_retry_after
from extract.client.reply import Reply, parse_json
from extract.condition_set import ConditionSet
from extract.errors import (
    AclfError,
    BadConditionSet,
    BadNctNumber,
    ListingRefused,
    RegistryChangedShape,
    ReplyUnreadable,
)
from extract.nct import NctId
from transform.catalog.files import load_record_shape
from transform.diff.compare import compare_records
from transform.normalise.dates import FIRST_YEAR, LAST_YEAR, normalise_date
from transform.records import find_trials
from transform.replies import read_records, read_split_records

if TYPE_CHECKING:
    from pathlib import Path

    from transform.records import Record

ASKED = "NCT00000001"
SET = ConditionSet("hostile", "Hostile", search="x")
MOST_PAGES = 50


def check_nct_id(text: str) -> None:
    """Check that a text is exactly an NCT number, or is refused in one printable line."""
    try:
        number = NctId.parse(text)
    except BadNctNumber as error:
        _is_one_line(error)
    else:
        assert re.fullmatch(r"NCT[0-9]{8}", number, re.ASCII)
        assert number.number > 0
        assert NctId.parse(number) == number == text.strip(" \t").upper()


def check_dates(texts: list[str]) -> None:
    """Check that each text has a reason, or is a date within the registry's years.

    A date that is written as records have it must be read as the same date with the same precision.
    """
    raw = pd.Series(texts, dtype="str")
    read = normalise_date(raw)
    assert (read["date"].notna() != read["reason"].notna()).all()
    assert (read["date"].notna() == read["precision"].notna()).all()
    dates = read[read["date"].notna()]
    assert dates["date"].dt.year.between(FIRST_YEAR, LAST_YEAR).all()
    again = normalise_date(_format_as_in_records(dates))
    assert (again["date"] == dates["date"]).all()
    assert (again["precision"] == dates["precision"]).all()


def _format_as_in_records(dates: pd.DataFrame) -> pd.Series[str]:
    lengths = dates["precision"].map({"year": 4, "month": 7, "day": 10})
    texts = [text[:length] for text, length in zip(dates["date"].dt.strftime("%Y-%m-%d"), lengths, strict=True)]
    return pd.Series(texts, index=dates.index, dtype="str")


def check_condition_set(content: bytes, file: Path) -> None:
    """Check that a file is a condition set that can be used, or is refused in one printable line."""
    file.write_bytes(content)
    try:
        read = ConditionSet.load(file)
    except BadConditionSet as error:
        _is_one_line(error)
    else:
        assert read.search or read.advanced
        assert read.minimum_trials >= 1
        assert len(read.digest) == 64
        assert all(isinstance(number, NctId) for number in (*read.include, *read.exclude))
        assert not set(read.include) & set(read.exclude)


def check_listing(bodies: list[bytes]) -> None:
    """Check that pages are a complete listing or are refused, after at most `MOST_PAGES` requests."""
    asked: list[dict[str, str]] = []

    def ask(query: Any) -> Reply:
        urlencode(query)
        asked.append(dict(query))
        assert len(asked) <= MOST_PAGES
        body = bodies[(len(asked) - 1) % len(bodies)]
        return Reply("https://registry.example/api/v2/studies", 200, body=body, document=_parse_body(body))

    try:
        listing = list_studies(ask, SET)
    except (ListingRefused, RegistryChangedShape, ReplyUnreadable) as error:
        _is_one_line(error)
    else:
        assert listing.is_complete
        assert listing.total > 0


def check_reply(body: bytes, asked: str = ASKED) -> list[Record] | None:
    """Check that each record of a reply has its document or the reason of its quarantine.

    Returns:
        The records. None where the body is not a reply, or where a record is nested too deep: then the product asks
        for each half of the batch.
    """
    document = _parse_body(body)
    if not isinstance(document, dict) or not isinstance(document.get("studies"), list):
        return None
    trials = find_trials(document, [asked])
    accepted = {asked, *trials.merged.values()}
    try:
        records, _ = read_records(document, accepted, load_record_shape())
    except ValueError as error:
        if "nested too deep" in str(error):
            return None
        raise
    # Read one by one, they are the same, or are not read that way.
    with suppress(ValueError):
        assert read_split_records(body, accepted, load_record_shape()) == records
    assert len(records) <= len(document["studies"])
    for record in records:
        assert (record.document is None) != (record.reason is None)
        assert re.fullmatch(r"[0-9a-f]{64}", record.content_hash)
        assert record.nct_id is None or NctId(record.nct_id)
        assert record.reason != ""
    kept = {record.nct_id for record in records if record.reason is None}
    assert kept <= trials.found <= accepted
    return records


def check_versions(old: bytes, new: bytes) -> None:
    """Check that equal records have no changes, that each change has two values, and that changes can be reversed."""
    before, after = orjson.loads(old), orjson.loads(new)
    changes = compare_records(before, after)
    assert compare_records(before, before) == compare_records(after, after) == []
    assert all(change.old_value != change.new_value for change in changes)
    assert bool(changes) == bool(compare_records(after, before))
    # A change can be written as JSON in UTF-8.
    for change in changes:
        json.dumps([change.path, change.element, change.old_value, change.new_value]).encode()


def check_wait(header: str) -> None:
    """Check that a Retry-After header is a number of seconds from now, or counts for nothing."""
    seconds = read_retry_after(header, None, datetime.now(UTC))
    assert seconds is None or seconds >= 0


def _is_one_line(error: AclfError) -> None:
    assert str(error).isprintable()


def _parse_body(body: bytes) -> Any:
    """Return the document of a body; None where the client would send the request again."""
    try:
        return parse_json(body)
    except ValueError:
        return None
