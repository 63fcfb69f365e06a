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
    format_changes_title,
    format_headline,
    format_log_line,
    format_report_title,
    list_facts,
    list_failures,
)
from warehouse.connect import fetch_dicts, open_newest
from warehouse.paths import Paths
from warehouse.sql.files import read_sql

if TYPE_CHECKING:
    from collections.abc import Sequence

    from warehouse.runs import RunSummary

MOST_CHANGES = 1000
"""The most rows of the table of changes, because Prefect keeps it in its own database. `ops.run_trials` has all."""


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

    A report that was written gets a link (key `report`); one that could not be written is an error in the run's log.
    """
    headline = format_headline(summary)
    create_markdown_artifact(format_summary(summary), key="summary", description=escape_markdown(headline))
    create_table_artifact(
        read_changed_trials(summary),
        key="changes",
        description=escape_markdown(format_changes_title(summary, MOST_CHANGES)),
    )

    failures = list_failures(summary)
    for failure in failures:
        get_run_logger().error(failure)
    if summary.get("report_file") and not summary["report_failure"]:
        file = Path(summary["report_file"])
        create_link_artifact(
            file.as_uri(),
            clean_sentence(file.name),
            key="report",
            description=escape_markdown(format_report_title(file)),
        )

    # A run that the schedule started has no command line that prints its result, so it prints it here.
    if deployment.id:
        now = datetime.now(UTC)
        sys.stdout.write(format_log_line(f"{headline}\n", now))
        sys.stderr.writelines(format_log_line(f"aclf: {failure}\n", now) for failure in failures)


def format_summary(summary: RunSummary) -> str:
    """Return what a run did, as a Markdown table."""
    head = f"| run {summary['run_id']} | {summary['command']}: {summary['outcome']} |"
    rows = [f"| {name} | {escape_markdown(value)} |" for name, value in list_facts(summary).items()]
    return "\n".join([head, "|---|---|", *rows])


def read_changed_trials(summary: RunSummary) -> list[dict[str, str]]:
    """Read one row per trial that the run found new, changed, merged, gone or quarantined."""
    with open_newest(Paths.of(Path(summary["warehouse"]))) as newest:
        rows = fetch_dicts(newest, read_sql("statements", "run_changes"), [summary["run_id"], MOST_CHANGES])
    return [{name: escape_markdown(clean_sentence(str(value))) for name, value in row.items()} for row in rows]


def _format_today() -> str:
    return f"{datetime.now(UTC):%Y-%m-%d}"
