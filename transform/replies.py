"""Replies on disk, and the records in them. No key of a reply is lost in silence."""

from __future__ import annotations

from contextlib import suppress
from typing import TYPE_CHECKING

import orjson

from extract.client.reply import parse_json, parse_strictly
from extract.client.studies import split_studies
from extract.landing import read_landed
from transform.catalog.files import load_record_shape
from transform.records import dump_record, list_studies, make_unreadable_record, read_record

if TYPE_CHECKING:
    from collections.abc import Collection, Iterable

    from extract.landing import LandedReply
    from transform.records import Record
    from transform.shape import Json, Shape


def read_reply(reply: LandedReply) -> list[Record]:
    """Read the records of a reply on disk.

    Raises:
        ValueError: the reply cannot be read: it is not JSON, nested too deep, or has a key twice.
        LandingAltered: the file is not the reply that landed.
        OSError: the file cannot be read.
    """
    body = read_landed(reply.file)
    if reply.problem is not None:
        (nct_id,) = reply.asked
        return [make_unreadable_record(nct_id, reply.problem, body)]
    accepted, expected = frozenset(reply.asked), load_record_shape()
    # Nearly all replies end here. Any other one, or one that is wrong, is read as a whole, which takes twice as long.
    with suppress(ValueError):
        return read_split_records(body, accepted, expected)
    records, quote_count = read_records(parse_json(body), accepted, expected)
    # orjson silently keeps the last of two equal keys. The lost key's quotes show in the difference; the strict parser
    # is slow and only has to name the key.
    if count_quotes(body) > quote_count:
        parse_strictly(body)
    return records


def read_split_records(body: bytes, accepted: Collection[str], expected: Shape) -> list[Record]:
    """Read the records of a reply one by one, as in `read_records`.

    Raises:
        ValueError: the reply has to be read as a whole.
    """
    texts, envelope = split_studies(body)
    parse_strictly(envelope)
    return _keep_last(_read_text(text, accepted, expected) for text in texts)


def read_records(reply: Json, accepted: Collection[str], expected: Shape) -> tuple[list[Record], int]:
    """Read the records of a parsed reply, as in `find_trials`.

    Args:
        reply: the reply.
        accepted: the NCT numbers that the records may have: those requested, and those that they were merged into. A
            record with another number is quarantined.
        expected: the shape of a record. A record of another shape is quarantined.

    Returns:
        The records in the reply's order; if a trial comes twice, only the last one. And the number of quotes (see
        `count_quotes`) in the reply when it is written as JSON again. If the reply itself has more, it has a key twice:
        the parser kept only the last of the two.

    Raises:
        ValueError: a record is nested too deep to be written as JSON.
    """
    studies = list_studies(reply)
    documents = [dump_record(study) for study in studies]
    envelope = dump_record({**reply, "studies": None}) if "studies" in reply else b""
    records = _keep_last(
        read_record(study, document, accepted, expected) for study, document in zip(studies, documents, strict=True)
    )
    return records, sum(map(count_quotes, [envelope, *documents]))


def count_quotes(text: bytes) -> int:
    r"""Count the quotes that enclose the strings of a JSON text, but one less for each string that ends in a backslash.

    Such a string ends in `\\"`, which looks like an escaped quote here. The count only serves to compare a reply with
    the same reply when it is written as JSON again: every key that the parser dropped makes the reply's count larger.
    """
    return text.count(b'"') - text.count(b'\\"')


def _read_text(text: bytes, accepted: Collection[str], expected: Shape) -> Record:
    """Read the record of one study's text. The parsed study is freed at the end, before the next one is parsed."""
    return read_record(*_parse_losslessly(text), accepted, expected)


def _parse_losslessly(text: bytes) -> tuple[Json, bytes]:
    """Parse a JSON text, and return the value and the same written again.

    Raises:
        ValueError: the text is not JSON, nested too deep, or has a key twice.
    """
    value = orjson.loads(text)
    document = dump_record(value)
    # The registry writes JSON as orjson does, so the two are nearly always equal, and then no key was dropped.
    if text != document and count_quotes(text) > count_quotes(document):
        raise ValueError("a key is repeated")
    return value, document


def _keep_last(records: Iterable[Record]) -> list[Record]:
    """Return the records without those that a later record of the same trial replaces."""
    # A record without an NCT number has its index as the key.
    return list({record.nct_id or index: record for index, record in enumerate(records)}.values())
