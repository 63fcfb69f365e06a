"""What Prefect's pages show of a flow run: its name, its summary, and the trials that it changed."""

from __future__ import annotations

import sys
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING

from prefect import get_run_logger
from prefect.artifacts import create_link_artifact, create_markdown_artifact, create_table_artifact
from prefect.runtime import deployment, flow_run

from flows.wording import format_headline, list_facts
from warehouse.connect import open_newest
from warehouse.paths import Paths
from warehouse.sql.files import read_sql

if TYPE_CHECKING:
    from collections.abc import Sequence

    from flows.run import RunSummary
    from flows.settings import Settings

MOST_CHANGES = 1000
"""Rows of the table of changes: Prefect keeps it in its own database. All are in `ops.run_trials`."""


def name_sync_run() -> str:
    """The name of the sync that begins now, as in `sync aclf 2026-10-01`."""
    settings: Settings = flow_run.parameters["settings"]
    return f"sync {Path(settings.condition_set).stem} {_today()}"


def name_backfill_run() -> str:
    """The name of the backfill that begins now, as in `backfill NCT03863002 and 2 more 2026-10-01`."""
    nct_ids: Sequence[str] = flow_run.parameters["nct_ids"]
    more = f" and {len(nct_ids) - 1} more" if nct_ids[1:] else ""
    return f"backfill {nct_ids[0].strip().upper()}{more} {_today()}"


def leave_artifacts(report: RunSummary) -> None:
    """Leave a run's summary as Markdown (key `summary`) and its changed trials as a table (key `changes`).

    Where a report was written there is a link to it (key `report`); one that could not be written is an error in the
    run's log. Where the schedule started the run, its standard output and error are told too: nobody else prints there.
    """
    create_markdown_artifact(format_summary(report), key="summary", description=format_headline(report))
    told = f"Trials that run {report['run_id']} found new, changed, left, merged or set aside, at most {MOST_CHANGES}"
    create_table_artifact(read_changed_trials(report), key="changes", description=told)
    get_run_logger().info(format_headline(report))
    failure = report.get("report_failure")
    if failure:
        get_run_logger().error(failure)
    elif report.get("report_file"):
        file = Path(report["report_file"])
        create_link_artifact(file.as_uri(), file.name, key="report", description=f"The set in charts: {file}")
    if deployment.id:
        sys.stdout.write(f"{format_headline(report)}\n")
        sys.stderr.write(f"aclf: {failure}\n" if failure else "")


def format_summary(report: RunSummary) -> str:
    """What a run did, as Markdown."""
    rows = (f"| {name} | {value} |" for name, value in list_facts(report).items())
    return "\n".join([f"| run {report['run_id']} | {report['command']}: {report['outcome']} |", "|---|---|", *rows])


def read_changed_trials(report: RunSummary) -> list[dict[str, str]]:
    """One row a trial that the run found new, changed, merged, gone or set aside."""
    with open_newest(Paths.of(Path(report["warehouse"]))) as newest:
        result = newest.execute(read_sql("statements", "run_changes"), [report["run_id"], MOST_CHANGES])
        names = [column[0] for column in result.description]
        return [dict(zip(names, map(str, row), strict=True)) for row in result.fetchall()]


def _today() -> str:
    return f"{datetime.now(UTC):%Y-%m-%d}"
