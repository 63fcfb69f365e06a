"""`query`, `show` and `changes`: what each reads from the warehouse, and how much of it an answer shows."""

from __future__ import annotations

from itertools import chain
from typing import TYPE_CHECKING, Any

from flows.assistant.answers import Change, Changes, Page, Rows
from flows.assistant.bounds import MOST_CHARACTERS, count_characters, fit, fit_rows, shorten, to_json
from flows.pages.change_text import format_change
from flows.pages.trial_markdown import format_markdown
from flows.pages.trial_page import make_page_json, make_trial_page
from transform.diff.weights import MAJOR
from warehouse.errors import BadQuery, TrialNotHeld
from warehouse.reading.changes import find_requested_trials, read_changes
from warehouse.reading.query import run_query
from warehouse.reading.trial_details import read_trial_details
from warehouse.reading.trial_summary import find_trials, name_missing

if TYPE_CHECKING:
    from collections.abc import Sequence
    from datetime import date

    from duckdb import DuckDBPyConnection

    from extract.nct import NctId
    from flows.assistant.answers import Form, Night

_LONGEST_VALUE = 300
"""Characters that are shown of a value before or after a change."""


def answer_query(connection: DuckDBPyConnection, night: Night, sql: str, most_rows: int) -> Rows:
    """Return the rows of read-only SQL.

    Raises:
        BadQuery: The warehouse does not answer this SQL.
    """

    def fetch(result: DuckDBPyConnection) -> tuple[list[str], list[tuple[Any, ...]]]:
        # One row more tells that there are more; DuckDB makes no row that is not fetched.
        return [column[0] for column in result.description], result.fetchmany(most_rows + 1)

    names, rows = run_query(connection, sql, fetch)
    shown, left_out = fit_rows(names, rows, most_rows)
    return Rows(night=night, left_out=left_out, columns=[shorten(name, 100) for name in names], rows=shown)


def answer_show(connection: DuckDBPyConnection, night: Night, nct_id: NctId, form: Form, only: Sequence[str]) -> Page:
    """Return the page of a trial, by its parts.

    Args:
        connection: A reader's.
        night: The night of the warehouse.
        nct_id: Its NCT number, which may be obsolete.
        form: `markdown` or `data`.
        only: The names of the parts to return; none for all that fit.

    Raises:
        TrialNotHeld: The trial is not in the warehouse.
        BadQuery: The page has no part of one of these names.
    """
    found = find_trials(connection, [nct_id])
    if not found.summaries:
        raise TrialNotHeld(
            f"{name_missing(nct_id, found.missing[nct_id])} is not in the warehouse",
            next_step=f"ask the warehouse's owner to fetch it with `aclf backfill {nct_id}`",
        )
    (summary,) = found.summaries
    number = summary.values["nct_id"]
    details = read_trial_details(connection, [number])[number]
    page = make_trial_page(summary, details)
    parts = _split_markdown(format_markdown(page)) if form == "markdown" else to_json(make_page_json(summary, details))
    shown, left_out = _fit_parts(parts, only)
    return Page(
        night=night, left_out=left_out, nct_id=page.nct_id, title=page.title, url=page.url, form=form, parts=shown
    )


def answer_changes(
    connection: DuckDBPyConnection,
    night: Night,
    nct_ids: Sequence[NctId],
    since: date | None,
    most: int,
    *,
    only_major: bool,
) -> Changes:
    """Return what changed, the newest first.

    Args:
        connection: A reader's.
        night: The night of the warehouse.
        nct_ids: The trials; none for all.
        since: The first day; None means the default of `read_changes`.
        most: How many changes may be shown.
        only_major: Whether minor and administrative changes are left out.

    Raises:
        TrialNotHeld: The warehouse does not have one of the trials.
    """
    trials = find_requested_trials(connection, nct_ids)
    rows = read_changes(connection, list(chain.from_iterable(trial.numbers for trial in trials)), since)
    weighed = [row for row in rows if row["weight"] == MAJOR] if only_major else rows
    shown = fit([_make_change(row) for row in weighed[:most]])
    left_out = [
        f"{trial.requested} was merged: it is {trial.current} now"
        for trial in trials
        if trial.requested != trial.current
    ]
    if len(shown) < len(weighed):
        left_out.append(
            f"{len(weighed) - len(shown)} of {len(weighed)} changes, the oldest: name trials, give a later `since`, "
            "set `only_major`, or `query` main.changes"
        )
    if len(weighed) < len(rows):
        left_out.append(f"{len(rows) - len(weighed)} minor and administrative changes, because of `only_major`")
    return Changes(night=night, left_out=left_out, since=since.isoformat() if since else None, changes=shown)


def _make_change(row: dict[str, Any]) -> dict[str, Any]:
    kept = {name: row[name] for name in ("nct_id", "brief_title", "kind", "weight", "path")}
    return Change(
        **to_json(kept),
        changed_at=row["changed_at"].isoformat(),
        old_value=shorten(to_json(row["old_value"]), _LONGEST_VALUE),
        new_value=shorten(to_json(row["new_value"]), _LONGEST_VALUE),
        sentence=format_change(row),
    ).model_dump()


def _split_markdown(text: str) -> dict[str, Any]:
    """Return a page by its headings: what is before the first one is `title`."""
    title, *sections = text.split("\n## ")
    parts: dict[str, Any] = {"title": title.strip()}
    for section in sections:
        heading, _, body = section.partition("\n")
        parts[heading] = body.strip()
    return parts


def _fit_parts(parts: dict[str, Any], only: Sequence[str]) -> tuple[dict[str, Any], list[str]]:
    """Return the parts that fit into an answer, and what is said of the others.

    The largest are left out first; one that was asked for alone is cut instead.
    """
    unknown = [name for name in only if name not in parts]
    if unknown:
        raise BadQuery(f"the page has no part {unknown[0]!a}", next_step=f"choose from these parts: {'; '.join(parts)}")
    wanted = {name: parts[name] for name in only or parts}
    left_out = []
    if len(wanted) == 1:
        ((name, value),) = wanted.items()
        if count_characters(value) > MOST_CHARACTERS:
            left_out.append(f"the end of {name}, which is cut and ends with `…`: `query` the table that it is from")
        return {name: shorten(value, MOST_CHARACTERS)}, left_out
    sizes = {name: count_characters(value) for name, value in wanted.items()}
    for name in sorted(sizes, key=lambda name: sizes[name], reverse=True):
        if sum(count_characters(value) for value in wanted.values()) <= MOST_CHARACTERS:
            break
        del wanted[name]
        left_out.append(f"{name} ({sizes[name]:,} characters): ask with `only` = [{name!r}]")
    return wanted, left_out
