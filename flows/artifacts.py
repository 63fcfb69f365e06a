"""What a flow run leaves for people to see in Prefect: its summary and its trials."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

from prefect.artifacts import create_markdown_artifact, create_table_artifact

from warehouse.places import Places
from warehouse.query import open_newest
from warehouse.sql import sql

if TYPE_CHECKING:
    from flows.run import Report

_TOLD = ("data_timestamp", "listed", "planned", "fetched", "inserted", "updated", "unchanged", "left", "merged")


def leave_artifacts(report: Report) -> None:
    """Leave a run's summary as Markdown (key `summary`) and its changed trials as a table (key `changes`)."""
    create_markdown_artifact(summary(report), key="summary", description=report["message"])
    create_table_artifact(changes(report), key="changes", description=f"Trials changed by run {report['run_id']}")


def summary(report: Report) -> str:
    """What a run did, as Markdown."""
    rows = [f"| {name.replace('_', ' ')} | {report[name]} |" for name in report if name != "message"]
    return "\n".join(
        [f"# {report['command']}: {report['outcome']}", "", report["message"], "", "| | |", "|---|---|", *rows]
    )


def changes(report: Report) -> list[dict[str, str]]:
    """One row a trial that the run found new, changed, merged, gone or set aside."""
    with open_newest(Places.of(Path(report["warehouse"]))) as newest:
        result = newest.execute(sql("statements", "run_changes"), [report["run_id"]])
        names = [column[0] for column in result.description]
        return [dict(zip(names, map(str, row), strict=True)) for row in result.fetchall()]
