"""Changes as people read them: fields in words, codes in the registry's wording, long texts cut to the change."""

from __future__ import annotations

import json
import re
from contextlib import suppress
from dataclasses import dataclass
from itertools import groupby, pairwise, takewhile
from typing import TYPE_CHECKING, Any

from extract.printable import remove_controls
from transform.codes import load_code_lists
from transform.fields import load_fields, map_code_lists
from transform.paths import LIST, split_path

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence
    from datetime import datetime

Change = dict[str, Any]
"""A row of `main.changes`, by column."""

_LONGEST = 100
"""Characters of a value that are shown."""

_AROUND = 25
"""Characters of equal text that are shown on each side of a long text's change."""

_MOST_JOINED = 10
"""Trials that joined in one run and are named. The first run of all finds the whole set."""

_SECTION_STEPS = 2
"""Steps of a path that name the section and the module. The other steps are clear without them."""

_GROUP_ID = re.compile(r"[BEFO]G\d+")
"""The id of a group within the results of one trial."""

_MEMBERSHIP_WORDS = {"joined": "joined the set", "left": "left the set", "returned": "returned to the set"}


@dataclass(frozen=True, slots=True)
class Night:
    """What one run found changed.

    Attributes:
        moment: its time (UTC).
        counts: how many trials joined the set, left it, returned to it and changed, by these words.
        unnamed: how many trials joined the set if they are too many to be named; else 0.
        trials: the other trials: NCT number, title, and a sentence per change.
    """

    moment: datetime
    counts: dict[str, int]
    unnamed: int
    trials: tuple[tuple[str, str, tuple[str, ...]], ...]


def group_by_night(changes: Iterable[Change]) -> Iterator[Night]:
    """Yield what each run found changed.

    Args:
        changes: ordered by time; at one time, the changes of a trial's membership before those of its fields.
    """
    for moment, changes_of_run in groupby(changes, key=lambda change: change["changed_at"]):
        rows = list(changes_of_run)
        counts = _count_trials(rows)
        unnamed = counts["joined"] if counts["joined"] > _MOST_JOINED else 0
        if unnamed:
            rows = [change for change in rows if change["kind"] != "joined"]

        # List the changes of a trial in the order of the record, not in the order in which they were found.
        sentences_by_trial: dict[tuple[str, str], list[str]] = {}
        for change in sorted(rows, key=get_position_in_record):
            trial = (change["nct_id"], change["brief_title"] or "")
            sentences_by_trial.setdefault(trial, []).append(format_change(change))
        trials = tuple((*trial, tuple(sentences)) for trial, sentences in sentences_by_trial.items())
        yield Night(moment, counts, unnamed, trials)


def format_changes(changes: Iterable[Change]) -> Iterator[str]:
    """Yield changes as lines: the time of each run, below it each trial, below that what changed.

    Args:
        changes: as for `group_by_night`.
    """
    for night in group_by_night(changes):
        yield f"{night.moment:%Y-%m-%d %H:%M} UTC"
        if night.unnamed:
            yield f"  {night.unnamed} trials joined the set"
        for nct_id, title, sentences in night.trials:
            yield remove_controls(f"  {nct_id}  {title}".rstrip())
            yield from (f"    {line}" for line in sentences)


def list_sentences(changes: Iterable[Change]) -> list[str]:
    """Return the changes of one trial as lines, in the order of the record."""
    return [format_change(change) for change in sorted(changes, key=get_position_in_record)]


def format_change(change: Change) -> str:
    """Return a change as one line."""
    return remove_controls(_format_change(change))


def name_field(path: str) -> str:
    """Return a field's name in words.

    The path `protocolSection.statusModule.startDateStruct.date` gives `start date`.
    """
    steps = split_path(path)
    if len(steps) > _SECTION_STEPS:
        steps = steps[_SECTION_STEPS:]
    names = [_split_words(step.removesuffix(LIST).removesuffix("Struct").removesuffix("Info")) for step in steps]
    # "start date, date" says the same as "start date".
    kept = names[:1]
    for before, name in pairwise(names):
        if not before.endswith(f" {name}"):
            kept.append(name)
    return ", ".join(kept)


def _format_change(change: Change) -> str:
    kind = change["kind"]
    if kind in _MEMBERSHIP_WORDS:
        # A file of an earlier version has one set, and does not name it here.
        words = " ".join(filter(None, [_MEMBERSHIP_WORDS[kind], change.get("condition_set")]))
        return f"{words} ({_shorten(change['reason'])})"

    field = name_field(change["path"])
    if change["element"]:
        field += f" ({_shorten(_name_element(change))})"
    if kind == "reordered":
        return f"{field}: in another order"

    old = _label_code(change["path"], change["old_value"])
    new = _label_code(change["path"], change["new_value"])
    if kind in ("added", "removed"):
        # The brackets already name the element of the list.
        is_named_element = change["path"].endswith(LIST) and change["element"]
        value = "" if is_named_element else f" {_shorten(new if kind == 'added' else old)}"
        return f"{field}: {kind}{value}"
    return f"{field}: {' → '.join(_show_difference(old or 'nothing', new or 'nothing'))}"


def _name_element(change: Change) -> str:
    """Return what identifies the element of the list; of a group of results, which has an id there, its title."""
    if _GROUP_ID.fullmatch(change["element"]) and change["kind"] in ("added", "removed"):
        value = change["new_value"] if change["kind"] == "added" else change["old_value"]
        with suppress(ValueError, TypeError, KeyError):
            return str(json.loads(value)["title"])
    return str(change["element"])


def _count_trials(changes: Sequence[Change]) -> dict[str, int]:
    # A trial may join several sets in one night.
    counts = {
        kind: len({change["nct_id"] for change in changes if change["kind"] == kind}) for kind in _MEMBERSHIP_WORDS
    }
    changed_trials = {change["nct_id"] for change in changes if change["kind"] not in _MEMBERSHIP_WORDS}
    return counts | {"changed": len(changed_trials)}


def get_position_in_record(change: Change) -> int:
    """Return where the field is in a record; a change of membership comes before all fields."""
    path = change["path"]
    if path is None:
        return -1
    positions = (index for index, field in enumerate(load_fields()) if field.path.startswith(path))
    return next(positions, len(load_fields()))


def _split_words(name: str) -> str:
    """Return a name of the registry in words: `startDate` gives `start date`."""
    return re.sub(r"(?<=[a-z0-9])([A-Z])", lambda letter: f" {letter[1].lower()}", name)


def _label_code(path: str, value: str | None) -> str | None:
    """Return a code's label; any other value as it is."""
    code_list = map_code_lists().get(path)
    if code_list is None:
        return value
    labels = {row["code"]: row["label"] for row in load_code_lists()[code_list]}
    return labels.get(value or "", value)


def _show_difference(old: str, new: str) -> Sequence[str]:
    """Return both texts; of long texts only where they differ, with a little of the equal text around it."""
    if max(len(old), len(new)) <= _LONGEST:
        return " ".join(old.split()), " ".join(new.split())
    equal_start = _count_equal(old, new)
    equal_end = _count_equal(old[equal_start:][::-1], new[equal_start:][::-1])
    return [_cut_out(text, equal_start, len(text) - equal_end) for text in (old, new)]


def _count_equal(text: str, other: str) -> int:
    """Return how many characters both texts begin with."""
    pairs = zip(text, other, strict=False)
    return sum(1 for _ in takewhile(lambda pair: pair[0] == pair[1], pairs))


def _cut_out(text: str, start: int, end: int) -> str:
    """Return a part of a text with a little around it, and `…` where something is left out."""
    first = max(0, start - _AROUND)
    shown = text[first : start + _LONGEST][: max(end + _AROUND - first, _AROUND)]
    before = "…" if first else ""
    after = "…" if first + len(shown) < len(text) else ""
    return " ".join(f"{before}{shown}{after}".split())


def _shorten(text: str | None) -> str:
    one_line = " ".join((text or "").split())
    return one_line if len(one_line) <= _LONGEST else f"{one_line[:_LONGEST]}…"
