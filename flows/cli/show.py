"""`aclf show`: find the trials, and write their pages in the requested form."""

# ruff: noqa: PLC0415 - each form needs a library that the others do without

from __future__ import annotations

import sys
from typing import TYPE_CHECKING

from extract.errors import BadSetting
from extract.nct import NctId
from flows.cli.streams import open_document
from flows.pages.trial_page import choose_parts, make_page_json, make_trial_page
from warehouse.connect import open_read_only
from warehouse.errors import TrialNotHeld
from warehouse.reading.trial_details import read_trial_details
from warehouse.reading.trial_summary import find_trials, name_missing

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from pathlib import Path

    from flows.pages.trial_page import TrialPage
    from warehouse.reading.trial_details import Details
    from warehouse.reading.trial_summary import TrialSummary


def show_trials(
    warehouse: Path,
    nct_ids: Sequence[str],
    related: int,
    forms: Sequence[str],
    parts: Sequence[str] = (),
    *,
    show_all: bool = False,
) -> None:
    """Write the summary pages of trials to standard output.

    Args:
        warehouse: the published file.
        nct_ids: NCT numbers as people write them.
        related: how many trials "See also" names.
        forms: `json`, `markdown` or `html`; if empty, the page for people on a terminal, and plain text elsewhere.
        parts: the names of the only parts to show; if empty, the whole page.
        show_all: whether a page that cannot fold its parts shows all of them, instead of what is in them.

    Raises:
        BadNctNumber: one of the texts is not an NCT number.
        BadSetting: more than one form is requested.
        NoWarehouse: there is nothing to read.
        TrialNotHeld: some of the trials are not in the warehouse; the others have been written.
    """
    if len(forms) > 1:
        raise BadSetting(f"--{' and --'.join(forms)} were requested together", next_step="choose one of them")
    if parts and "json" in forms:
        raise BadSetting(
            "--part and --json were requested together", next_step="leave out --part: --json has all parts"
        )
    ids = list(dict.fromkeys(NctId.parse(text) for text in nct_ids))
    with open_read_only(warehouse) as connection:
        found = find_trials(connection, ids, related)
        shown = [summary.values["nct_id"] for summary in found.summaries]
        details = read_trial_details(connection, shown)
    # A form that was asked for by a flag is written even if no trial was found, as an empty document.
    if found.summaries or forms:
        form = forms[0] if forms else ""
        if form == "json":
            _write_json(found.summaries, details)
        else:
            pages = [make_trial_page(summary, details[summary.values["nct_id"]]) for summary in found.summaries]
            chosen = [choose_parts(page, parts) for page in pages] if parts else pages
            _write_pages(chosen, form, is_unfolded=show_all)
    if found.missing:
        raise _make_missing_error(found.missing, len(found.summaries))


def _write_json(summaries: Sequence[TrialSummary], details: Mapping[str, Details]) -> None:
    from flows.cli.terminal import print_json

    print_json([make_page_json(summary, details[summary.values["nct_id"]]) for summary in summaries])


def _write_pages(pages: Sequence[TrialPage], form: str, *, is_unfolded: bool) -> None:
    if form == "html":
        from flows.pages.html import render_trial_pages

        open_document().write(render_trial_pages(pages))
    elif form:
        from flows.pages.trial_markdown import format_markdown

        open_document().write("\n---\n\n".join(map(format_markdown, pages)))
    elif not sys.stdout.isatty():
        from flows.pages.trial_text import format_text

        sys.stdout.write("\n---\n\n".join(format_text(page, is_unfolded=is_unfolded) for page in pages))
    else:
        from flows.pages.trial_terminal import print_pages

        print_pages(pages, is_unfolded=is_unfolded)


def _make_missing_error(missing: Mapping[str, str | None], shown: int) -> TrialNotHeld:
    """Return the error that names the missing trials and the command that fetches them.

    Args:
        missing: the reason for each trial whose record was quarantined, and None for the others.
        shown: how many trials were shown.
    """
    names = [name_missing(number, reason) for number, reason in missing.items()]
    verb, pronoun = ("is", "it") if len(missing) == 1 else ("are", "them")
    return TrialNotHeld(
        f"{', '.join(names)} {verb} not in the warehouse",
        stands=f"the other trials were shown ({shown})" if shown else None,
        next_step=f"fetch {pronoun} with `aclf backfill {' '.join(missing)}`",
    )
