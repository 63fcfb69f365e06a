"""Hold a night in which no record has a field that nearly every record had: the registry renamed or dropped it."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

import orjson

from extract.printable import clean_name
from transform.filled_fields import (
    NEARLY_ALL,
    REQUIRED_FIELDS,
    explain_vanished,
    find_usual_fields,
    is_sure,
    is_withheld,
    list_filled_paths,
    name_columns,
)
from warehouse.errors import FieldVanished
from warehouse.sql.files import read_sql
from warehouse.store_facts import ACCEPTED_FACT, read_store_facts, set_store_fact

if TYPE_CHECKING:
    from collections.abc import Iterator
    from datetime import datetime

    from duckdb import DuckDBPyConnection

    from transform.filled_fields import VanishedField
    from transform.shape import Json

_SAMPLE = 200
"""Earlier records that show which fields nearly every record has."""

_AT_A_TIME = 50
"""Records of a night that are read at once. The first few nearly always show that nothing has vanished."""

_MOST_NAMED = 3


def refuse_vanished_fields(store: DuckDBPyConnection, run_id: int, now: datetime, *, accept: bool) -> None:
    """Refuse what this connection has loaded if a field has vanished from the registry's records.

    Args:
        store: The connection that has loaded, before the load is committed.
        run_id: The run.
        now: The time of the run.
        accept: Whether a person accepts it; the store remembers that, so that later nights pass too.

    Raises:
        FieldVanished: A field that nearly every record had is in none of this run's.
    """
    vanished = find_vanished_fields(store, run_id, now)
    if not vanished:
        return
    if not accept:
        named = ", ".join(map(_describe, vanished[:_MOST_NAMED])) + _count_others(len(vanished))
        raise FieldVanished(f"no record of this run has a field that nearly every record had: {named}")
    paths = {*read_accepted_fields(store), *(path for field in vanished for path in field.paths)}
    set_store_fact(store, ACCEPTED_FACT, json.dumps(sorted(paths)))


def find_vanished_fields(store: DuckDBPyConnection, run_id: int, now: datetime) -> list[VanishedField]:
    """Return the fields that nearly every earlier record has and no record of this run; accepted ones are left out."""
    sample = store.execute(read_sql("statements", "earlier_records"), [run_id, _SAMPLE]).fetchall()
    earlier = [record for record in (orjson.loads(document) for (document,) in sample) if not is_withheld(record)]
    usual = find_usual_fields(earlier) if earlier else REQUIRED_FIELDS
    missing = set(usual) - read_accepted_fields(store)

    kept: set[str] = set()
    night = 0
    for record, unreadable in _read_night(store, run_id):
        filled = set(list_filled_paths(record))
        missing -= filled - unreadable
        # Most nights end here, after a few records.
        if not missing:
            return []
        kept |= filled
        night += 1
    if not night:
        return []
    rows = store.execute(read_sql("statements", "night_keys"), [now]).fetchall()
    unknown = {path: is_new for path, trials, is_new in rows if trials >= NEARLY_ALL * night}
    vanished = explain_vanished(missing, kept, unknown)
    return [field for field in vanished if is_sure(field, unknown, len(earlier), night)]


def read_accepted_fields(store: DuckDBPyConnection) -> set[str]:
    """Return the fields that a person has accepted as vanished."""
    return set(json.loads(read_store_facts(store).get(ACCEPTED_FACT, "[]")))


def _read_night(store: DuckDBPyConnection, run_id: int) -> Iterator[tuple[Json, set[str]]]:
    """Yield this run's records, without those that are withheld, each with the fields that could not be read."""
    ids = [nct_id for (nct_id,) in store.execute(read_sql("statements", "night_trials")).fetchall()]
    query = read_sql("statements", "night_records")
    for start in range(0, len(ids), _AT_A_TIME):
        for document, unreadable in store.execute(query, [ids[start : start + _AT_A_TIME], run_id]).fetchall():
            record = orjson.loads(document)
            if not is_withheld(record):
                yield record, set(unreadable)


def _describe(field: VanishedField) -> str:
    columns = name_columns(field.paths)
    more = f" and {len(columns) - 1} more" if columns[1:] else ""
    if not field.successor:
        return f"{field.key} ({columns[0]}{more})"
    return f"{field.key} ({columns[0]}{more}; the unknown key {clean_name(field.successor)} may be its new name)"


def _count_others(count: int) -> str:
    return f" and {count - _MOST_NAMED} more" if count > _MOST_NAMED else ""
