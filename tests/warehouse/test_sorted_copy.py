"""Rows are copied in the order of all their columns, in pieces where they do not fit into memory."""

from __future__ import annotations

import duckdb
import pytest

from warehouse.reading import sorted_copy
from warehouse.reading.sorted_copy import copy_sorted


class ShortOfMemory:
    """A connection that has no memory to sort a whole table, and has begun to write the file by then."""

    def __init__(self, connection, file):
        self.connection = connection
        self.file = file

    def execute(self, query, *parameters):
        """Run a statement, unless it sorts a table without a condition."""
        if " order by all" in query and " where " not in query:
            self.file.write_text("half a file")
            raise duckdb.OutOfMemoryException("no memory")
        if "copy (from" in query:
            assert not self.file.exists()
        return self.connection.execute(query, *parameters)


@pytest.fixture
def connection():
    """Return a connection to a table with the rows of 20 trials in a mixed order, and rows without a number."""
    with duckdb.connect() as made:
        made.execute("""
            create table notes as
            select
              if(number % 7 = 0, null, 'NCT' || lpad((number * 11 % 20)::varchar, 8, '0')) as nct_id,
              number % 3 as rank,
              ['a', number::varchar] as words
            from range(100) as numbers(number)
        """)
        made.execute("create table others as select 1 as id, 'NCT00000001' as nct_id")
        yield made


@pytest.mark.parametrize("options", ["format parquet", "format csv, header"])
@pytest.mark.parametrize("columns", ["*", "nct_id, to_json(words) as words"])
def test_pieces_give_the_same_file_as_the_whole(connection, tmp_path, monkeypatch, options, columns):
    """The rows and their order are those of one sort, also of rows without an NCT number; nothing is left out."""
    monkeypatch.setattr(sorted_copy, "TRIALS_PER_PIECE", 3)
    whole, pieces = tmp_path / "whole", tmp_path / "pieces"
    assert copy_sorted(connection, "notes", columns, whole, options, tmp_path) == 100
    assert copy_sorted(ShortOfMemory(connection, pieces), "notes", columns, pieces, options, tmp_path) == 100
    assert len(list(tmp_path.glob("*.parquet"))) == 8
    reader = "read_parquet" if "parquet" in options else "read_csv"
    first, second = (connection.execute(f"from {reader}('{file}')").fetchall() for file in (whole, pieces))
    assert first == second
    assert len(first) == 100


def test_a_table_that_cannot_be_cut_raises(connection, tmp_path):
    """A table that is not ordered by the NCT number first has no pieces."""
    with pytest.raises(duckdb.OutOfMemoryException):
        copy_sorted(
            ShortOfMemory(connection, tmp_path / "file"), "others", "*", tmp_path / "file", "format parquet", tmp_path
        )
