"""A part file gives back the tables that were written, without a copy, or it is not believed at all."""

from __future__ import annotations

import re
import resource
import shutil
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import replace

import duckdb
import pyarrow as pa
import pytest

from extract.errors import LandingFailed
from extract.landing import LandedReply, Landing
from extract.nct import NctId
from transform.parts import Part
from warehouse.errors import PartUnreadable
from warehouse.part_files import name_part, open_part, write_part

A, B = NctId("NCT00000001"), NctId("NCT00000002")
RECORDS = pa.table({"nct_id": [A, B], "document": ['{"a": "é"}', None]})
COUNTRIES = pa.table(
    {
        "id": pa.array([10000001, 10000002, 20000001], pa.int64()),
        "name": pa.array(["France", None, "France"]).dictionary_encode(),
        "synonyms": pa.array([["FR"], [], None], pa.list_(pa.string())),
    }
)
PART = Part({"records": RECORDS, "ctgov.countries": COUNTRIES}, (("x.json", "a key comes twice"),))


@contextmanager
def files_may_not_exceed(size):
    """Run the block while this process may not write files of more bytes."""
    soft, hard = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (size, hard))
    try:
        yield
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, (soft, hard))


@pytest.fixture
def file(tmp_path):
    """Return the path of a part that is on disk."""
    write_part(tmp_path / "parts" / "p.arrow", PART)
    return tmp_path / "parts" / "p.arrow"


def test_a_part_gives_back_what_was_written(file):
    """Tables, their types and dictionaries, the number of records and the unusable replies come back equal."""
    part = open_part(file)
    assert part.read("records") == RECORDS
    assert part.read("ctgov.countries") == COUNTRIES
    assert part.read("ctgov.countries").schema == COUNTRIES.schema
    assert part.read("ctgov.keywords") is None
    assert (part.record_count, part.unusable) == (2, PART.unusable)


def test_an_empty_part_is_a_part(tmp_path):
    """A part of no usable reply has no table and no record."""
    write_part(tmp_path / "p.arrow", Part({}, ()))
    part = open_part(tmp_path / "p.arrow")
    assert (part.record_count, part.unusable, part.read("records")) == (0, (), None)


def test_chunks_with_dictionaries_of_their_own_come_back(tmp_path):
    """A table whose chunks have different dictionaries has the same values after it was read."""
    table = pa.table(
        {"name": pa.chunked_array([pa.array(["a", "b"]).dictionary_encode(), pa.array(["c", "a"]).dictionary_encode()])}
    )
    write_part(tmp_path / "p.arrow", Part({"t": table}, ()))
    assert open_part(tmp_path / "p.arrow").read("t")["name"].to_pylist() == ["a", "b", "c", "a"]


def test_a_table_is_read_without_a_copy_and_outlives_its_file(file):
    """Reading takes no memory of Arrow's, and DuckDB reads the table after the file was removed."""
    allocated = pa.total_allocated_bytes()
    countries = open_part(file).read("ctgov.countries")
    assert pa.total_allocated_bytes() == allocated
    file.unlink()
    with duckdb.connect() as connection:
        connection.register("countries", countries)
        rows = connection.execute("select id, name::varchar, synonyms from countries order by id").fetchall()
    assert rows == [(10000001, "France", ["FR"]), (10000002, None, []), (20000001, "France", None)]


def test_no_altered_byte_is_believed(file):
    """A part with one byte changed cannot be opened: in a table, the footer, its length, the digest, the magic word."""
    whole = file.read_bytes()
    for position in [*range(0, len(whole), 50), *range(len(whole) - 60, len(whole))]:
        file.write_bytes(whole[:position] + bytes([whole[position] ^ 1]) + whole[position + 1 :])
        with pytest.raises(PartUnreadable):
            open_part(file)
    file.write_bytes(whole)
    assert open_part(file).record_count == 2


def test_no_cut_part_is_believed(file):
    """A part that was cut, or has more bytes than were written, cannot be opened."""
    whole = file.read_bytes()
    cuts = [whole[:length] for length in (0, 1, 39, 40, 47, 48, 49, len(whole) // 2, len(whole) - 1)]
    for other in [*cuts, whole + b"\0", whole + whole]:
        file.write_bytes(other)
        with pytest.raises(PartUnreadable, match=r"cut or altered; nothing was published .* makes the part again"):
            open_part(file)


def test_a_file_that_is_no_part_is_not_believed(file, tmp_path):
    """A missing file, a folder, a foreign file and a part under another's name cannot be opened."""
    shutil.copy(file, tmp_path / "other.arrow")
    (tmp_path / "text.arrow").write_text("nct_id,title\n" * 100)
    (tmp_path / "folder.arrow").mkdir()
    for name in ("other", "text", "folder", "missing"):
        with pytest.raises(PartUnreadable):
            open_part(tmp_path / f"{name}.arrow")


@pytest.mark.parametrize("room", [0, 100, 100_000])
def test_a_part_that_finds_no_room_leaves_nothing(tmp_path, room):
    """Where the file may not grow, the sentence names it; no half part and no temporary file stays."""
    with files_may_not_exceed(room), pytest.raises(LandingFailed) as failed:
        write_part(tmp_path / "p.arrow", Part({"records": RECORDS, "long": pa.table({"n": range(100_000)})}, ()))
    assert re.match(r"a part of [\d,]+ bytes could not be written to .*/p\.arrow: File too large; ", str(failed.value))
    assert list(tmp_path.iterdir()) == []


def test_two_threads_may_write_the_same_part(tmp_path):
    """Both succeed, and one whole part is there."""
    with ThreadPoolExecutor(2) as threads:
        for written in [threads.submit(write_part, tmp_path / "p.arrow", PART) for _ in range(20)]:
            written.result()
    assert open_part(tmp_path / "p.arrow").read("records") == RECORDS
    assert list(tmp_path.iterdir()) == [tmp_path / "p.arrow"]


def test_a_name_says_what_the_part_is_made_of(tmp_path):
    """The name is the same for the same input, and another for other bytes, numbers, orders, records, catalogs."""
    landing = Landing(tmp_path)
    first, second = (LandedReply(landing.land_batch([nct_id], lambda ids: b"{}"), (nct_id,)) for nct_id in (A, B))
    name = name_part([first, second], [], "catalog")
    assert name == name_part([first, second], [], "catalog")
    others = [
        name_part([second, first], [], "catalog"),
        name_part([first], [], "catalog"),
        name_part([first, second], [], "another catalog"),
        name_part([first, replace(second, asked=(A, B))], [], "catalog"),
        name_part([first, second], ["the hash of a known record"], "catalog"),
    ]
    (tmp_path / "again").mkdir()
    reply = Landing(tmp_path / "again").land_batch([A], lambda ids: b"{ }")
    others.append(name_part([replace(first, file=reply), second], [], "catalog"))
    assert len({name, *others}) == 7
