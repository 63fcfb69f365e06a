"""`aclf show`: find the trials, and write their pages in the requested form."""

# ruff: noqa: PLC0415 - each form needs a library that the others do without

from __future__ import annotations

import sys
from typing import TYPE_CHECKING

from extract.errors import BadSetting
from extract.nct import NctId
from flows.cli.streams import open_document
from flows.pages.trial_page import make_page_json, make_trial_page
from warehouse.connect import open_read_only
from warehouse.errors import TrialNotHeld
from warehouse.reading.trial_details import read_trial_details
from warehouse.reading.trial_summary import find_trials

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from pathlib import Path

    from warehouse.reading.trial_summary import Row, TrialSummary


def show_trials(warehouse: Path, nct_ids: Sequence[str], related: int, forms: Sequence[str]) -> None:
    """Write the summary pages of trials to standard output.

    Args:
        warehouse: the published file.
        nct_ids: NCT numbers as people write them.
        related: how many trials "See also" names.
        forms: `json`, `markdown` or `html`; if empty, the page for people on a terminal, and plain text elsewhere.

    Raises:
        BadNctNumber: one of the texts is not an NCT number.
        BadSetting: more than one form is requested.
        NoWarehouse: there is nothing to read.
        TrialNotHeld: some of the trials are not in the warehouse; the others have been written.
    """
    if len(forms) > 1:
        raise BadSetting(f"--{' and --'.join(forms)} were requested together", next_step="choose one of them")
    ids = list(dict.fromkeys(NctId.parse(text) for text in nct_ids))
    with open_read_only(warehouse) as connection:
        found = find_trials(connection, ids, related)
        shown = [summary.values["nct_id"] for summary in found.summaries]
        details = read_trial_details(connection, shown) if "json" in forms and shown else {}
    # A form that was asked for by a flag is written even if no trial was found, as an empty document.
    if found.summaries or forms:
        _write_pages(found.summaries, forms[0] if forms else "", details)
    if found.missing:
        raise _make_missing_error(found.missing, len(found.summaries))


def _write_pages(
    summaries: Sequence[TrialSummary], form: str, details: Mapping[str, Mapping[str, Sequence[Row]]]
) -> None:
    if form == "json":
        from flows.cli.terminal import print_json

        print_json([make_page_json(summary, details[summary.values["nct_id"]]) for summary in summaries])
        return
    pages = [make_trial_page(summary) for summary in summaries]
    if form == "html":
        from flows.pages.html import render_trial_pages

        open_document().write(render_trial_pages(pages))
    elif form or not sys.stdout.isatty():
        from flows.pages.trial_text import format_markdown, format_text

        format_page = format_markdown if form else format_text
        text = "\n---\n\n".join(format_page(page) for page in pages)
        # Markdown is a file that other programs read. Plain text is for people.
        if form:
            open_document().write(text)
        else:
            sys.stdout.write(text)
    else:
        from flows.pages.trial_terminal import print_pages

        print_pages(pages)


def _make_missing_error(missing: Mapping[str, str | None], shown: int) -> TrialNotHeld:
    """Return the error that names the missing trials and the command that fetches them.

    Args:
        missing: the reason for each trial whose record was quarantined, and None for the others.
        shown: how many trials were shown.
    """
    names = []
    for number, reason in missing.items():
        names.append(f"{number} (its record was set aside: {reason})" if reason else number)
    verb, pronoun = ("is", "it") if len(missing) == 1 else ("are", "them")
    return TrialNotHeld(
        f"{', '.join(names)} {verb} not in the warehouse",
        stands=f"the other trials were shown ({shown})" if shown else None,
        next_step=f"fetch {pronoun} with `aclf backfill {' '.join(missing)}`",
    )
