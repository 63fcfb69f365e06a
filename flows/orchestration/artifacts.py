"""What Prefect's pages show of a flow run: its name, its summary, and the trials that it changed."""

from __future__ import annotations

import sys
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING

from prefect import get_run_logger
from prefect.artifacts import create_link_artifact, create_markdown_artifact, create_table_artifact
from prefect.runtime import deployment, flow_run

from extract.printable import LONGEST_QUOTE, clean_sentence, escape_markdown
from flows.settings import read_handed_over
from flows.wording import (
    REPORT_TITLE,
    format_changes_title,
    format_headline,
    format_log_line,
    list_facts,
    list_failures,
)
from warehouse.connect import fetch_dicts, open_newest
from warehouse.paths import Paths
from warehouse.sql.files import read_sql

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from warehouse.runs import RunSummary

MOST_CHANGES = 1000
"""The most rows of the table of changes, because Prefect keeps it in its own database. `ops.run_trials` has all."""

MOST_LINKS = 50
"""The most trials that the summary links to."""

_OUTCOME_WORDS = {"inserted": "new", "updated": "changed", "left": "left the set", "quarantined": "set aside"}
"""What became of a trial, where `ops.run_trials` has another word for it."""


def name_sync_run() -> str:
    """Return the name of the sync that begins now: the first set and the day (UTC), as in `sync aclf 2026-10-01`."""
    first, *others = read_handed_over().condition_sets
    more = f" and {len(others)} more" if others else ""
    name = f"sync {Path(first).stem}{more} {_format_today()}"
    return clean_sentence(name, LONGEST_QUOTE)


def name_backfill_run() -> str:
    """Return the name of the backfill that begins now, as in `backfill NCT03863002 and 2 more 2026-10-01`."""
    nct_ids: Sequence[str] = flow_run.parameters["nct_ids"]
    more = f" and {len(nct_ids) - 1} more" if nct_ids[1:] else ""
    return clean_sentence(f"backfill {nct_ids[0].strip().upper()}{more} {_format_today()}", LONGEST_QUOTE)


def create_artifacts(summary: RunSummary) -> None:
    """Create a run's summary as Markdown (key `summary`) and its changed trials as a table (key `changes`).

    Where `aclf serve` runs, its pages get links: the report (key `report`), and in the summary the changed trials. A
    report that could not be written to its file is an error in the run's log.
    """
    headline = format_headline(summary)
    pages = read_handed_over().pages
    changed = read_changed_trials(summary)
    create_markdown_artifact(
        format_summary(summary, changed, pages), key="summary", description=escape_markdown(headline)
    )
    create_table_artifact(
        changed,
        key="changes",
        description=escape_markdown(format_changes_title(summary, MOST_CHANGES)),
    )

    # A link to the file on the disk would not do: browsers do not follow one from the page of a server.
    if pages:
        create_link_artifact(f"{pages}/", "The report", key="report", description=REPORT_TITLE)
    failures = list_failures(summary)
    for failure in failures:
        get_run_logger().error(failure)

    # A run that the schedule started has no command line that prints its result, so it prints it here.
    if deployment.id:
        now = datetime.now(UTC)
        sys.stdout.write(format_log_line(f"{headline}\n", now))
        sys.stderr.writelines(format_log_line(f"aclf: {failure}\n", now) for failure in failures)


def format_summary(summary: RunSummary, changed: Sequence[Mapping[str, str]] = (), pages: str | None = None) -> str:
    """Return what a run did as Markdown: a table, and where pages are served, the changed trials with links.

    Args:
        summary: what the run did.
        changed: as `read_changed_trials` returns it.
        pages: the address of the pages of `aclf serve`.
    """
    head = f"| run {summary['run_id']} | {summary['command']}: {summary['outcome']} |"
    rows = [f"| {name} | {escape_markdown(value)} |" for name, value in list_facts(summary).items()]
    lines = [head, "|---|---|", *rows]
    if pages and changed:
        lines += ["", "### Changed trials", "", *_list_links(changed, pages)]
    return "\n".join(lines)


def _list_links(changed: Sequence[Mapping[str, str]], pages: str) -> list[str]:
    """Return a line for each trial: a link to its page, what became of it, and its title."""
    outcomes: dict[str, list[str]] = {}
    for row in changed:
        outcomes.setdefault(row["nct_id"], []).append(_OUTCOME_WORDS.get(row["outcome"], row["outcome"]))
    titles = {row["nct_id"]: row["title"] for row in changed}
    lines = [
        f"- [{nct_id}]({pages}/{nct_id}) {', '.join(words)}: {titles[nct_id]}" for nct_id, words in outcomes.items()
    ]
    more = len(lines) - MOST_LINKS
    return [*lines[:MOST_LINKS], *([f"- and {more} more, in the artifact `changes`"] if more > 0 else [])]


def read_changed_trials(summary: RunSummary) -> list[dict[str, str]]:
    """Read one row per trial that the run found new, changed, merged, gone or quarantined."""
    with open_newest(Paths.of(Path(summary["warehouse"]))) as newest:
        rows = fetch_dicts(newest, read_sql("statements", "run_changes"), [summary["run_id"], MOST_CHANGES])
    # A trial that was merged or set aside has no row in `trials`, so it has no title.
    texts = [{name: "" if value is None else str(value) for name, value in row.items()} for row in rows]
    return [{name: escape_markdown(clean_sentence(text)) for name, text in row.items()} for row in texts]


def _format_today() -> str:
    return f"{datetime.now(UTC):%Y-%m-%d}"
