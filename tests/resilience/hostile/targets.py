"""What hostile input is given to, and what may come of it: an answer, one of our errors, or a record set aside.

Each target takes what was made up, and raises AssertionError, or anything else that is no error of ours, where the
product does what it must not.
"""

from __future__ import annotations

import json
import re
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
from transform.catalog.model import load_record_shape
from transform.diff.compare import compare_records
from transform.normalise.dates import FIRST_YEAR, LAST_YEAR, normalise_date
from transform.records import read_reply

if TYPE_CHECKING:
    from pathlib import Path

    from transform.records import ParsedReply

ASKED = "NCT00000001"
SET = ConditionSet("hostile", "Hostile", search="x")
MOST_PAGES = 50


def an_id(text: str) -> None:
    """A text is an NCT number, exactly, or refused in one printable line."""
    try:
        number = NctId.parse(text)
    except BadNctNumber as error:
        _is_one_line(error)
    else:
        assert re.fullmatch(r"NCT[0-9]{8}", number, re.ASCII)
        assert number.number > 0
        assert NctId.parse(number) == number == text.strip(" \t").upper()


def some_dates(texts: list[str]) -> None:
    """A text is a date within the registry's years, read back from the form of records, or has a reason."""
    raw = pd.Series(texts, dtype="str")
    read = normalise_date(raw)
    assert (read["date"].notna() != read["reason"].notna()).all()
    assert (read["date"].notna() == read["precision"].notna()).all()
    dates = read[read["date"].notna()]
    assert dates["date"].dt.year.between(FIRST_YEAR, LAST_YEAR).all()
    again = normalise_date(_in_record_form(dates))
    assert (again["date"] == dates["date"]).all()
    assert (again["precision"] == dates["precision"]).all()


def _in_record_form(dates: pd.DataFrame) -> pd.Series[str]:
    length = dates["precision"].map({"year": 4, "month": 7, "day": 10})
    texts = [text[:known] for text, known in zip(dates["date"].dt.strftime("%Y-%m-%d"), length, strict=True)]
    return pd.Series(texts, index=dates.index, dtype="str")


def a_condition_set(content: bytes, file: Path) -> None:
    """A file is a condition set that can be used, or refused in one printable line."""
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


def a_listing(bodies: list[bytes]) -> None:
    """Pages are a whole listing, or refused; and asked for no more often than a listing can have pages."""
    asked: list[dict[str, str]] = []

    def ask(query: Any) -> Reply:
        urlencode(query)
        asked.append(dict(query))
        assert len(asked) <= MOST_PAGES
        body = bodies[(len(asked) - 1) % len(bodies)]
        return Reply("https://registry.example/api/v2/studies", 200, body=body, document=_parsed(body))

    try:
        listing = list_studies(ask, SET)
    except (ListingRefused, RegistryChangedShape, ReplyUnreadable) as error:
        _is_one_line(error)
    else:
        assert listing.is_whole
        assert listing.total > 0


def a_reply(body: bytes, asked: str = ASKED) -> ParsedReply | None:
    """Of a reply every record is a line: with its document, or set aside with a reason.

    Gives None for what is no reply, and for one with a record nested too deep: of that the batch is halved.
    """
    document = _parsed(body)
    if not isinstance(document, dict) or not isinstance(document.get("studies"), list):
        return None
    try:
        reading = read_reply(document, [asked], load_record_shape())
    except ValueError as error:
        if "nested too deep" in str(error):
            return None
        raise
    lines = [orjson.loads(line) for line in reading.lines]
    assert len(lines) <= len(document["studies"])
    for line in lines:
        assert ("document" in line) != ("reason" in line)
        assert re.fullmatch(r"[0-9a-f]{64}", line["content_hash"])
        assert line["nct_id"] is None or NctId(line["nct_id"])
        assert line.get("reason", "x")
    kept = {line["nct_id"] for line in lines if "document" in line}
    assert kept <= reading.found <= {asked, *reading.merged.values()}
    return reading


def two_versions(old: bytes, new: bytes) -> None:
    """What changed between two records is told in rows, none where nothing did, and the way back has as many."""
    before, after = orjson.loads(old), orjson.loads(new)
    told = compare_records(before, after)
    assert compare_records(before, before) == compare_records(after, after) == []
    assert all(change.old_value != change.new_value for change in told)
    assert bool(told) == bool(compare_records(after, before))
    for change in told:
        json.dumps([change.path, change.element, change.old_value, change.new_value]).encode()


def a_wait(header: str) -> None:
    """A Retry-After is a time from now on, or none."""
    seconds = read_retry_after(header, None, datetime.now(UTC))
    assert seconds is None or seconds >= 0


def _is_one_line(error: AclfError) -> None:
    assert str(error).isprintable()


def _parsed(body: bytes) -> Any:
    """What the client makes of a body; None for what it asks for again."""
    try:
        return parse_json(body)
    except ValueError:
        return None
