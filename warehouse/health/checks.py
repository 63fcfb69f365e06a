"""The data checks: one promise a file in `checks/`, a query that gives the rows which break it.

A file's first line is `-- severity: error` (stops the publish) or `-- severity: warn` (is reported). A second line
`-- for each: row table` has the query run for every table of the catalog that has row ids, its name for `{table}`.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import orjson

from transform.catalog.model import load_catalog
from warehouse.errors import CheckFailed
from warehouse.sql.files import list_sql, read_sql

if TYPE_CHECKING:
    from duckdb import DuckDBPyConnection

ERROR = "error"
_SEVERITY = "-- severity: "
_FOR_EACH = "-- for each: row table"


@dataclass(frozen=True, slots=True)
class Finding:
    """What a check found: how many rows break the promise, and one of them as JSON."""

    name: str
    severity: str
    failures: int
    example: str | None


def run_checks(connection: DuckDBPyConnection) -> list[Finding]:
    """Run every check; the findings in the order of the files, those without a failing row too."""
    return [_run(connection, name) for name in list_sql("checks")]


def refuse_failures(findings: list[Finding]) -> None:
    """Raise CheckFailed, which names the checks, where one of severity `error` found rows."""
    failed = [finding for finding in findings if finding.failures and finding.severity == ERROR]
    if failed:
        told = "; ".join(
            f"{finding.name.replace('_', ' ')}: {finding.failures} do not, as in {finding.example}"
            for finding in failed
        )
        raise CheckFailed(f"the data breaks a promise ({told})")


def _run(connection: DuckDBPyConnection, name: str) -> Finding:
    text = read_sql("checks", name)
    severity = text.partition("\n")[0].removeprefix(_SEVERITY)
    result = connection.execute(_over_tables(text) if _FOR_EACH in text else text)
    columns = [column[0] for column in result.description]
    rows = result.fetchall()
    example = orjson.dumps(dict(zip(columns, rows[0], strict=True)), default=str).decode() if rows else None
    return Finding(name, severity, len(rows), example)


def _over_tables(text: str) -> str:
    tables = [table.qualified for table in load_catalog().tables if not table.per_trial]
    return " union all ".join(f"({text.format(table=table)}\n)" for table in tables)
