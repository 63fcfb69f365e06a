"""What changed in a trial: a timeline of the nights in which this warehouse found its record changed."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

from flows.pages.trial_blocks import Lines, Part, count_words, format_day, make_cell

if TYPE_CHECKING:
    from collections.abc import Sequence

    from flows.pages.trial_blocks import Block, Cell

    Row = dict[str, Any]

_WEIGHTS = {"major": "Major", "minor": "Minor", "administrative": "Administrative", None: "Not weighed"}
"""The weights of changes in words, what matters most first. A field that this version does not know has none."""

_FIRST_VERSION = "first record of this trial in this warehouse"
_MEMBERSHIP = {"joined", "left", "returned"}


def make_changes_part(changes: Sequence[Row], versions: Sequence[Row]) -> Part:
    """Make the part with the timeline, newest night first.

    Args:
        changes: rows of `main.changes`, newest first.
        versions: rows of `main.trial_versions`, oldest first, with the times as texts.
    """
    # A trial joins the set in the night of its first record: that is where it begins, and no change.
    found = [change for change in changes if change["kind"] != "joined"]
    nights = {change["changed_at"] for change in found}
    first = _read_time(versions[0]["valid_from"]) if versions else None
    if found:
        last = format_day(max(nights).isoformat())
        major = sum(_know_weight(change) == "major" for change in found)
        named = f" ({major} major)" if major else ""
        brief = f"{count_words(len(found), 'change')}{named} in {count_words(len(nights), 'night')}, the last on {last}"
    else:
        brief = f"nothing since {format_day(first.isoformat())}" if first else ""
    return Part("changes", "What changed", brief, lambda: _list_nights(changes, first))


def _list_nights(changes: Sequence[Row], first: datetime | None) -> list[Block]:
    by_night: dict[datetime, list[Row]] = {first: []} if first else {}
    for change in changes:
        by_night.setdefault(change["changed_at"], []).append(change)
    blocks: list[Block] = []
    for moment in sorted(by_night, reverse=True):
        rows = _list_rows(by_night[moment])
        if moment == first:
            rows.append((0, make_cell(_FIRST_VERSION)))
        heading = f"{format_day(moment.isoformat())}, {moment:%H:%M} UTC"
        blocks.append(Lines(tuple(rows), heading))
    return blocks


def _list_rows(changes: list[Row]) -> list[tuple[int, Cell]]:
    """Return the sentences of a night: membership first, then the changes of each weight below its name."""
    # The words of changes need the registry's code lists, which a page without this part does without.
    from flows.pages.change_text import format_change, get_position_in_record  # noqa: PLC0415 - see above

    ordered = sorted(changes, key=get_position_in_record)
    rows = [(0, make_cell(format_change(change))) for change in ordered if change["kind"] in _MEMBERSHIP]
    fields = [change for change in ordered if change["kind"] not in _MEMBERSHIP]
    # An earlier version published the file: nothing in it has a weight, so no change needs the name of one.
    is_weighed = any(map(_know_weight, fields))
    for weight, name in _WEIGHTS.items():
        sentences = [format_change(change) for change in fields if _know_weight(change) == weight]
        if sentences and is_weighed:
            rows.append((0, make_cell(name)))
        rows += [(int(is_weighed), make_cell(sentence)) for sentence in sentences]
    return rows


def _know_weight(change: Row) -> str | None:
    weight = change.get("weight")
    return weight if weight in _WEIGHTS else None


def _read_time(text: str) -> datetime:
    moment = datetime.fromisoformat(text)
    return moment if moment.tzinfo else moment.replace(tzinfo=UTC)
