"""What a flow run leaves for people to see in Prefect: its summary and its trials."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import TYPE_CHECKING

from prefect import get_run_logger
from prefect.artifacts import create_link_artifact, create_markdown_artifact, create_table_artifact
from prefect.runtime import deployment

from flows.report import facts, headline
from warehouse.places import Places
from warehouse.query import open_newest
from warehouse.sql import sql

if TYPE_CHECKING:
    from flows.run import Report

MOST_CHANGES = 1000
"""Rows of the table of changes: Prefect keeps it in its own database. All are in `ops.run_trials`."""


def leave_artifacts(report: Report) -> None:
    """Leave a run's summary as Markdown (key `summary`) and its changed trials as a table (key `changes`).

    Where a report was written there is a link to it (key `report`); one that could not be written is an error in the
    run's log. Where the schedule started the run, its standard output and error are told too: nobody else prints there.
    """
    create_markdown_artifact(summary(report), key="summary", description=headline(report))
    told = f"Trials that run {report['run_id']} found new, changed, left, merged or set aside, at most {MOST_CHANGES}"
    create_table_artifact(changes(report), key="changes", description=told)
    get_run_logger().info(headline(report))
    failure = report.get("report_failure")
    if failure:
        get_run_logger().error(failure)
    elif report.get("report_file"):
        file = Path(report["report_file"])
        create_link_artifact(file.as_uri(), file.name, key="report", description=f"The set in charts: {file}")
    if deployment.id:
        sys.stdout.write(f"{headline(report)}\n")
        sys.stderr.write(f"aclf: {failure}\n" if failure else "")


def summary(report: Report) -> str:
    """What a run did, as Markdown."""
    rows = (f"| {name} | {value} |" for name, value in facts(report).items())
    return "\n".join([f"| run {report['run_id']} | {report['command']}: {report['outcome']} |", "|---|---|", *rows])


def changes(report: Report) -> list[dict[str, str]]:
    """One row a trial that the run found new, changed, merged, gone or set aside."""
    with open_newest(Places.of(Path(report["warehouse"]))) as newest:
        result = newest.execute(sql("statements", "run_changes"), [report["run_id"], MOST_CHANGES])
        names = [column[0] for column in result.description]
        return [dict(zip(names, map(str, row), strict=True)) for row in result.fetchall()]
