"""The Atom feed of the condition sets' news: an entry for each trial and night, the newest first."""

from __future__ import annotations

from datetime import UTC, datetime
from html import escape
from importlib.metadata import version
from typing import TYPE_CHECKING
from uuid import UUID, uuid5

import duckdb
from feedgen.entry import FeedEntry
from feedgen.feed import FeedGenerator

from extract.client import api
from extract.errors import AclfError
from extract.files import write_whole
from extract.printable import clean_sentence
from flows.errors import FeedNotWritten
from flows.news.words import format_headline, list_details
from warehouse.connect import fetch_dicts, open_read_only
from warehouse.known_sets import read_followed_sets
from warehouse.reading.news import read_news
from warehouse.sql.files import read_sql

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

    from warehouse.reading.news import News

NIGHTS = 30
"""Nights that the feed covers, counted in days back from the day of the newest run."""

MOST_ENTRIES = 1000
"""Entries of a feed, the newest: readers fetch all of it each time."""

_REGISTRY_PAGE = "https://clinicaltrials.gov/"
_PROGRAM = "aclf-trials"
_SOURCE = f"Source: {api.SOURCE}"

_IDS = UUID("1351477c-f070-4e53-866e-ee90737ec5f9")
"""The namespace of the ids of feeds. Another one would make every entry new to every reader."""


def write_feed(warehouse: Path, file: Path) -> None:
    """Write the feed of the published warehouse by rename, so that a reader sees the whole feed or the one before.

    Args:
        warehouse: the published file.
        file: the feed; its folder exists.

    Raises:
        FeedNotWritten: the feed could not be made or could not be put in place.
    """
    try:
        write_whole(file, make_feed(warehouse))
    except (AclfError, duckdb.Error, ValueError, OSError) as error:
        reason = error.happened if isinstance(error, AclfError) else error
        raise FeedNotWritten(f"the feed {file} could not be written ({reason})") from error


def make_feed(warehouse: Path, *, nights: int = NIGHTS) -> bytes:
    """Make the Atom feed of the published warehouse's news.

    The same warehouse gives the same bytes: the ids and times of entries come from the runs that found the news.

    Args:
        warehouse: the published file.
        nights: how many days before the day of the newest run the feed goes back.

    Raises:
        NoWarehouse: there is nothing to read, or an earlier version published it.
    """
    with open_read_only(warehouse) as connection:
        sets = read_followed_sets(connection)
        (origin,) = fetch_dicts(connection, read_sql("statements", "feed_origin"))
        news = read_news(connection, days=nights)
    titles = ", ".join(each.title or each.name for each in sets)
    # Runs keep their times and numbers, so the ids stay the same through a rebuild and on another machine.
    feed_id = uuid5(_IDS, f"{origin['first_run_at']:%Y-%m-%dT%H:%M:%S.%f}")
    feed = FeedGenerator()
    feed.id(feed_id.urn)
    feed.title(_clean(f"Trials of {titles}: news" if titles else "Trials: news"))
    feed.subtitle(_clean(f"{_SOURCE}; data of {origin['data_timestamp'] or 'an unknown time'} UTC"))
    feed.author(name=_PROGRAM)
    feed.generator(_PROGRAM, version(_PROGRAM))
    feed.link(href=_REGISTRY_PAGE, rel="alternate")
    feed.updated(news[0].moment if news else origin["newest_run_at"] or datetime.fromtimestamp(0, UTC))
    followed = [each.name for each in sets]
    for each in news[:MOST_ENTRIES]:
        feed.add_entry(_make_entry(each, feed_id, followed), order="append")
    return bytes(feed.atom_str(pretty=True))


def _make_entry(news: News, feed_id: UUID, followed: Sequence[str]) -> FeedEntry:
    # A set that began has no number, so its name takes the place of it.
    subject = news.nct_id or f"set {', '.join(news.condition_sets)}"
    entry = FeedEntry()
    entry.id(uuid5(feed_id, f"{news.run_id} {subject}").urn)
    entry.title(_clean(format_headline(news)))
    entry.updated(news.moment)
    entry.published(news.moment)
    entry.author(name=_PROGRAM)
    entry.link(href=news.address or _REGISTRY_PAGE, rel="alternate")
    for event in news.events:
        entry.category(term=event)
    entry.content(_make_content(list_details(news, followed)), type="html")
    return entry


def _make_content(sentences: Sequence[str]) -> str:
    """Return sentences as an HTML list, in which whatever a record holds is text."""
    items = "".join(f"<li>{escape(_clean(sentence))}</li>" for sentence in sentences)
    return f"<ul>{items}</ul><p>{escape(_SOURCE)}</p>"


def _clean(text: str) -> str:
    # What is not printable has no form in XML, not even as a reference.
    return clean_sentence(text)
