"""Run the data checks: one file per promise in `warehouse/sql/checks`, with a query for the rows that break it.

The first line of a file is `-- severity: error` (rows stop the publish) or `-- severity: warn` (the run reports them).
With a second line `-- for each: row table` the query runs for every table of the catalog that has row ids, with the
table's name in place of `{table}`. In place of `{rows}` come the rows of all these tables: `in_table`, `id`, `nct_id`.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import orjson

from transform.catalog.files import load_catalog
from transform.paths import quote_text
from warehouse.connect import fetch_dicts
from warehouse.errors import CheckFailed
from warehouse.sql.files import list_sql, read_sql

if TYPE_CHECKING:
    from duckdb import DuckDBPyConnection

ERROR = "error"
_SEVERITY = "-- severity: "
_FOR_EACH = "-- for each: row table"
_ALL_ROWS = "{rows}"

_TABLES_PER_QUERY = 10
"""Tables that one query goes through. DuckDB holds what it gathers of all of them until the query ends; a query for
each table takes longer where they are small."""


@dataclass(frozen=True, slots=True)
class Finding:
    """The result of one check.

    Attributes:
        name: The name of the check, which is the name of its file.
        severity: `error` or `warn`.
        failures: How many rows break the promise.
        example: One of these rows as JSON, or None.
    """

    name: str
    severity: str
    failures: int
    example: str | None


def run_checks(connection: DuckDBPyConnection) -> list[Finding]:
    """Run every check and return the findings in the order of the files, also those without a failing row."""
    return [_run_check(connection, name) for name in list_sql("checks")]


def refuse_failures(findings: list[Finding]) -> None:
    """Raise CheckFailed, which names the checks, if one of severity `error` found rows."""
    failed = [finding for finding in findings if finding.failures and finding.severity == ERROR]
    if failed:
        raise CheckFailed(f"the data breaks a promise ({'; '.join(map(_describe_failure, failed))})")


def _describe_failure(finding: Finding) -> str:
    # The name of a check is its promise, so it reads as a sentence.
    promise = finding.name.replace("_", " ")
    return f"{promise}: {finding.failures} do not, for example {finding.example}"


def _run_check(connection: DuckDBPyConnection, name: str) -> Finding:
    text = read_sql("checks", name)
    severity = text.partition("\n")[0].removeprefix(_SEVERITY)
    rows = [row for query in _fill_in_tables(text) for row in fetch_dicts(connection, query)]
    example = orjson.dumps(rows[0], default=str).decode() if rows else None
    return Finding(name, severity, len(rows), example)


def _fill_in_tables(text: str) -> list[str]:
    """Return the queries of a check with the names of the tables that it is about."""
    tables = [table.qualified for table in load_catalog().tables if not table.is_per_trial]
    if _FOR_EACH in text:
        # The line break before the bracket ends a comment on the last line of the file.
        queries = [f"({text.format(table=table)}\n)" for table in tables]
        starts = range(0, len(queries), _TABLES_PER_QUERY)
        return [" union all ".join(queries[start : start + _TABLES_PER_QUERY]) for start in starts]
    rows = " union all ".join(f"select {quote_text(table)} as in_table, id, nct_id from {table}" for table in tables)
    return [text.replace(_ALL_ROWS, f"({rows})")]
