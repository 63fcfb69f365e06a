"""Puts records where DuckDB can make rows of them."""

from __future__ import annotations

from typing import TYPE_CHECKING

import orjson

from transform.catalog import catalog
from transform.paths import literal
from transform.shred import record_type
from warehouse.sql import run

if TYPE_CHECKING:
    from collections.abc import Iterable
    from pathlib import Path

    from duckdb import DuckDBPyConnection

    from transform.records import Record

LARGEST_RECORD = 256 * 1024 * 1024
"""Bytes of one record that are read; the client accepts no reply above it."""


def stage(connection: DuckDBPyConnection, records: Iterable[Record], scratch: Path) -> None:
    """Stage records as the temporary tables `staged_documents` and `staged`.

    `staged_documents` has nct_id, content_hash and document (JSON), `staged` has nct_id and record (a STRUCT of the
    catalog's paths, every leaf as text); one row a record in both.

    Args:
        connection: the store's.
        records: what to stage; each has the shape of a study.
        scratch: a folder for one file, which is gone afterwards.
    """
    scratch.mkdir(exist_ok=True)
    file = scratch / "staged.ndjson"
    try:
        with file.open("wb") as lines:
            lines.writelines(_line(record) for record in records)
        run(connection, "stage", staged_file=str(file), largest_record=LARGEST_RECORD)
        connection.execute(
            "create or replace temp table staged as select nct_id, document as record from read_ndjson("
            "getvariable('staged_file'), maximum_object_size = getvariable('largest_record'), "
            f"columns = {{nct_id: 'VARCHAR', document: {literal(record_type(catalog()))}}})"
        )
    finally:
        file.unlink(missing_ok=True)


def _line(record: Record) -> bytes:
    head = orjson.dumps({"nct_id": record.nct_id, "content_hash": record.content_hash})
    return head[:-1] + b',"document":' + record.document + b"}\n"
