"""Parts: landed replies in, Arrow tables out. The same replies give the same part, in any process, on any machine."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

import pyarrow as pa

from transform.replies import read_reply
from transform.shredding.shred import DRIFT, NOTHING_SHREDDED, PROBLEMS, make_rows_table, shred_records

if TYPE_CHECKING:
    from collections.abc import Collection, Sequence

    from extract.landing import LandedReply
    from transform.records import Record

RECORDS = pa.schema([(name, pa.string()) for name in ("nct_id", "content_hash", "reason", "path", "raw", "document")])
"""The columns of records, one row per record. A new one has a document, a quarantined one a reason, path and raw."""

_LOST_CHARACTER = "a character was lost before the text came here: U+FFFD is in its place"


@dataclass(frozen=True, slots=True)
class Part:
    """What was made from some replies.

    Attributes:
        tables: `records` (see `RECORDS`), `problems`, `drift`, and the rows of each table of the catalog that has any,
            as `transform.shredding.shred` makes them.
        unusable: the name of the file of each reply that cannot be read, and the reason. No table has any of it.
    """

    tables: dict[str, pa.Table]
    unusable: tuple[tuple[str, str], ...]


def make_part(replies: Sequence[LandedReply], known: Collection[str] = ()) -> Part:
    """Make the part of some replies; a trial may be in one of them only.

    Args:
        replies: the replies.
        known: the content hashes of records that the archive has as their trials' current ones. Such a record is only
            named in `records`, without its document; no rows are made of it.

    Raises:
        OSError: a file cannot be read.
    """
    records: list[Record] = []
    unusable = []
    for reply in replies:
        try:
            records += read_reply(reply)
        except ValueError as error:
            unusable.append((reply.file.name, str(error)))
    return Part(make_tables(records, known=known), tuple(unusable))


def make_records_table(records: Sequence[Record]) -> pa.Table:
    """Return records as a table; see `RECORDS`."""
    columns = {
        "nct_id": [record.nct_id for record in records],
        "content_hash": [record.content_hash for record in records],
        "reason": [record.reason for record in records],
        "path": [record.path for record in records],
        "raw": [record.raw for record in records],
    }
    arrays = [pa.array(values, pa.string()) for values in columns.values()]
    # A document is bytes of valid UTF-8, and becomes a text without being decoded.
    documents = pa.array([record.document for record in records], pa.binary()).cast(pa.string())
    return pa.table([*arrays, documents], schema=RECORDS)


def make_tables(
    records: Sequence[Record], wanted: Collection[str] | None = None, known: Collection[str] = ()
) -> dict[str, pa.Table]:
    """Return the tables of a part that has these records.

    Args:
        records: the records; no trial has two usable ones.
        wanted: the names of the catalog's tables to make; None makes all.
        known: the content hashes of records that need no rows, as for `make_part`.
    """
    usable = [record for record in records if record.reason is None and record.content_hash not in known]
    others = [replace(record, document=None) for record in records if record.reason or record.content_hash in known]
    table = make_records_table(usable)
    nct_ids, documents = table["nct_id"].chunk(0), table["document"].chunk(0)
    # Without records there is nothing to parse, and the parser takes as long for none as for some.
    shredded = shred_records(nct_ids, documents, wanted) if usable else NOTHING_SHREDDED
    damaged = [
        (record.nct_id, "raw.studies", "document", path, text, _LOST_CHARACTER)
        for record in usable
        for path, text in record.damaged_texts
    ]
    keys = [
        (record.nct_id, "key", path, None, occurrences)
        for record in usable
        for path, occurrences in record.unknown_keys
    ]
    return {
        "records": pa.concat_tables([table, make_records_table(others)]),
        "problems": pa.concat_tables([shredded.problems, make_rows_table(PROBLEMS, damaged)]),
        "drift": pa.concat_tables([shredded.drift, make_rows_table(DRIFT, keys)]),
        **shredded.tables,
    }
