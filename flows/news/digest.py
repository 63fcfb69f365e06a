"""The digest of news that the operator's command is given: as text for people, and as JSON for programs."""

from __future__ import annotations

from itertools import groupby
from typing import TYPE_CHECKING, Any

import orjson

from extract.client import api
from extract.printable import clean_sentence
from flows.news.words import format_headline, list_details

if TYPE_CHECKING:
    from collections.abc import Sequence
    from datetime import datetime

    from warehouse.reading.news import News

_SOURCE = f"Source: {api.SOURCE}"
_INDENT = "    "


def make_text(news: Sequence[News], followed: Sequence[str]) -> str:
    """Return the digest as plain text: the nights, newest first, and under each its trials.

    No line begins with words of the registry, because some mail programs take a line that begins with `~` for a
    command.

    Args:
        news: the news, the newest first.
        followed: the names of the sets that the warehouse follows.
    """
    lines = []
    for moment, night in groupby(news, key=lambda each: each.moment):
        lines += [_format_moment(moment), ""]
        for each in night:
            lines += [f"* {format_headline(each)}"]
            lines += [f"{_INDENT}{detail}" for detail in list_details(each, followed)]
            lines += [f"{_INDENT}{clean_sentence(each.address)}", ""] if each.address else [""]
    return "\n".join([*lines, _SOURCE, ""])


def make_json(news: Sequence[News], followed: Sequence[str]) -> bytes:
    """Return the digest as a JSON list, the newest first: one object for each entry of the text.

    Its keys: `run_id`, `changed_at`, `nct_id`, `brief_title`, `url`, `status`, `events`, `number`, `condition_sets`,
    `headline`, `details` (the sentences of the text) and `changes` (rows of `main.changes`).
    """
    return orjson.dumps([_describe(each, followed) for each in news], option=orjson.OPT_INDENT_2)


def _describe(news: News, followed: Sequence[str]) -> dict[str, Any]:
    return {
        "run_id": news.run_id,
        "changed_at": news.moment,
        "nct_id": news.nct_id,
        "brief_title": news.title,
        "url": news.address,
        "status": news.status,
        "events": news.events,
        "number": news.number,
        "condition_sets": news.condition_sets,
        "headline": format_headline(news),
        "details": list_details(news, followed),
        "changes": news.changes,
    }


def _format_moment(moment: datetime) -> str:
    return f"{moment:%Y-%m-%d %H:%M} UTC"
