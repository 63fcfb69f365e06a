"""What changed, as people read it: fields in words, codes in the registry's wording, long texts cut to the change."""

from __future__ import annotations

import re
from dataclasses import dataclass
from itertools import groupby, takewhile
from typing import TYPE_CHECKING, Any

from transform.codes import load_code_lists
from transform.fields import load_fields, map_code_lists
from transform.paths import LIST, split_path
from transform.printable import remove_controls

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence
    from datetime import datetime

Change = dict[str, Any]
"""A row of `main.changes`, by column."""

_LONGEST = 100
"""Characters of a value that are shown."""

_AROUND = 25
"""Characters of what is the same that are shown on each side of a long text's change."""

_MOST_JOINED = 10
"""Trials that joined in one run and are named; the first run of all finds the whole set."""

_SECTIONS = 2
"""Steps of a path that name the section and the module, which the other steps need not."""

_OF_THE_TRIAL = {"joined": "joined the set", "left": "left the set", "returned": "returned to the set"}


@dataclass(frozen=True, slots=True)
class Night:
    """What one run found changed.

    Attributes:
        moment: its time (UTC).
        counts: how many trials joined the set, left it, returned to it and changed, by these words.
        unnamed: how many trials joined the set, where they are too many to be named; else 0.
        trials: the others, each with its NCT number, its title, and what happened to it, a sentence a change.
    """

    moment: datetime
    counts: dict[str, int]
    unnamed: int
    trials: tuple[tuple[str, str, tuple[str, ...]], ...]


def group_by_night(changes: Iterable[Change]) -> Iterator[Night]:
    """What each run found changed.

    Args:
        changes: ordered by time; of one time, what happened to the trial before what happened to its fields.
    """
    for moment, of_run in groupby(changes, key=lambda change: change["changed_at"]):
        rows = list(of_run)
        counts = _counts(rows)
        unnamed = counts["joined"] if counts["joined"] > _MOST_JOINED else 0
        if unnamed:
            rows = [change for change in rows if change["kind"] != "joined"]
        by_trial: dict[tuple[str, str], list[str]] = {}
        for change in sorted(rows, key=_place):
            by_trial.setdefault((change["nct_id"], change["brief_title"] or ""), []).append(format_change(change))
        trials = tuple((*trial, tuple(sentences)) for trial, sentences in by_trial.items())
        yield Night(moment, counts, unnamed, trials)


def format_changes(changes: Iterable[Change]) -> Iterator[str]:
    """The lines that tell of changes: of each run its time, below it each trial, below that what changed.

    Args:
        changes: as `group_by_night` takes them.
    """
    for night in group_by_night(changes):
        yield f"{night.moment:%Y-%m-%d %H:%M} UTC"
        if night.unnamed:
            yield f"  {night.unnamed} trials joined the set"
        for nct_id, title, sentences in night.trials:
            yield remove_controls(f"  {nct_id}  {title}".rstrip())
            yield from (f"    {line}" for line in sentences)


def format_change(change: Change) -> str:
    """A change in a line."""
    return remove_controls(_sentence(change))


def name_field(path: str) -> str:
    """The field's name in words: of `protocolSection.statusModule.startDateStruct.date` it gives `start date`."""
    named = split_path(path)[_SECTIONS:] if path.count(".") >= _SECTIONS else split_path(path)
    words = [_words(step.removesuffix(LIST).removesuffix("Struct").removesuffix("Info")) for step in named]
    format_changes = [word for place, word in enumerate(words) if not (place and words[place - 1].endswith(f" {word}"))]
    return ", ".join(format_changes)


def _sentence(change: Change) -> str:
    kind, old, new = change["kind"], change["old_value"], change["new_value"]
    if kind in _OF_THE_TRIAL:
        return f"{_OF_THE_TRIAL[kind]} ({_cut(change['reason'])})"
    field = name_field(change["path"])
    if change["element"]:
        field += f" ({_cut(change['element'])})"
    if kind == "reordered":
        return f"{field}: in another order"
    old, new = (_label(change["path"], value) for value in (old, new))
    if kind in ("added", "removed"):
        is_element = change["path"].endswith(LIST) and change["element"]
        return f"{field}: {kind}" + ("" if is_element else f" {_cut(new if kind == 'added' else old)}")
    return f"{field}: {' → '.join(_where_they_differ(old or 'nothing', new or 'nothing'))}"


def _counts(changes: Sequence[Change]) -> dict[str, int]:
    counts = {kind: sum(change["kind"] == kind for change in changes) for kind in _OF_THE_TRIAL}
    return counts | {"changed": len({change["nct_id"] for change in changes if change["kind"] not in _OF_THE_TRIAL})}


def _place(change: Change) -> int:
    """Where the field stands in a record; what happened to the trial itself stands before all fields."""
    path = change["path"]
    if path is None:
        return -1
    places = (place for place, field in enumerate(load_fields()) if field.path.startswith(path))
    return next(places, len(load_fields()))


def _words(name: str) -> str:
    return re.sub(r"(?<=[a-z0-9])([A-Z])", lambda letter: f" {letter[1].lower()}", name)


def _label(path: str, value: str | None) -> str | None:
    listed = map_code_lists().get(path)
    labels = {row["code"]: row["label"] for row in load_code_lists()[listed]} if listed else {}
    return labels.get(value or "", value)


def _where_they_differ(old: str, new: str) -> Sequence[str]:
    """Both texts; of long ones only where they differ, with a little of what is the same."""
    if max(len(old), len(new)) <= _LONGEST:
        return " ".join(old.split()), " ".join(new.split())
    start = _in_common(old, new)
    rest = _in_common(old[start:][::-1], new[start:][::-1])
    return [_excerpt(text, start, len(text) - rest) for text in (old, new)]


def _in_common(text: str, other: str) -> int:
    """Characters that both begin with."""
    return sum(1 for _ in takewhile(lambda pair: pair[0] == pair[1], zip(text, other, strict=False)))


def _excerpt(text: str, start: int, end: int) -> str:
    first = max(0, start - _AROUND)
    shown = text[first : start + _LONGEST][: max(end + _AROUND - first, _AROUND)]
    whole = f"{'…' if first else ''}{shown}{'…' if first + len(shown) < len(text) else ''}"
    return " ".join(whole.split())


def _cut(text: str | None) -> str:
    whole = " ".join((text or "").split())
    return whole if len(whole) <= _LONGEST else f"{whole[:_LONGEST]}…"
