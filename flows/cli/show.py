"""`aclf show`: finds the trials, and writes their pages in the form that is wanted."""

# ruff: noqa: PLC0415 - each form needs a library that the others do without

from __future__ import annotations

import sys
from typing import TYPE_CHECKING

from extract.errors import BadSetting
from extract.nct import NctId
from flows.pages.trial_page import make_trial_page, to_json
from warehouse.connect import open_read_only
from warehouse.errors import NotHeld
from warehouse.reading.trial_summary import find_trials

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from pathlib import Path

    from warehouse.reading.trial_summary import TrialSummary


def show_trials(file: Path, asked_for: Sequence[str], related: int, forms: Sequence[str]) -> None:
    """Write the summary pages of trials to standard output.

    Args:
        file: the warehouse.
        asked_for: NCT numbers as people write them.
        related: how many trials "See also" names.
        forms: `json`, `markdown` or `html`, or nothing: for people on a terminal, plain text elsewhere.

    Raises:
        BadNctNumber: one of them is no NCT number.
        BadSetting: more than one form is asked for.
        NoWarehouse: there is nothing to read.
        NotHeld: some of the trials are not there; the others have been written.
    """
    if len(forms) > 1:
        raise BadSetting(f"--{' and --'.join(forms)} were asked for at once", next_step="choose one of them")
    ids = list(dict.fromkeys(NctId.parse(text) for text in asked_for))
    with open_read_only(file) as connection:
        found = find_trials(connection, ids, related)
    if found.summaries or forms:
        _write(found.summaries, forms[0] if forms else "")
    if found.missing:
        raise _missing(found.missing, len(found.summaries))


def _write(summaries: Sequence[TrialSummary], form: str) -> None:
    if form == "json":
        from flows.cli.terminal import print_json

        print_json([to_json(summary) for summary in summaries])
        return
    pages = [make_trial_page(summary) for summary in summaries]
    if form == "html":
        from flows.pages.html import render_trial_pages

        sys.stdout.write(render_trial_pages(pages))
    elif form or not sys.stdout.isatty():
        from flows.pages.trial_text import format_markdown, format_text

        sys.stdout.write("\n---\n\n".join((format_markdown if form else format_text)(page) for page in pages))
    else:
        from flows.pages.trial_terminal import print_pages

        print_pages(pages)


def _missing(missing: Mapping[str, str | None], shown: int) -> NotHeld:
    numbers = ", ".join(
        f"{number} (its record was set aside: {why})" if why else number for number, why in missing.items()
    )
    return NotHeld(
        f"{numbers} {'is' if len(missing) == 1 else 'are'} not in the warehouse",
        stands=f"what is there was shown ({shown})" if shown else None,
        next_step=f"fetch {'it' if len(missing) == 1 else 'them'} with `aclf backfill {' '.join(missing)}`",
    )
