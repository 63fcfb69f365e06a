"""Each table is created with its columns and types, and with a comment on it and on each column."""

from __future__ import annotations

import duckdb

from transform.catalog.definitions import make_table_definition
from transform.catalog.files import load_catalog
from transform.catalog.model import Column, RowSource, Table


def test_columns_comments_and_names_are_those_of_the_catalog():
    """Every table of the catalog that ships can be created, and describes itself as the catalog does."""
    with duckdb.connect() as connection:
        for schema in {table.schema for table in load_catalog().tables} - {"main"}:
            connection.execute(f"create schema {schema}")
        for table in load_catalog().tables:
            connection.execute(make_table_definition(table))
        created = connection.execute("select schema_name, table_name, comment from duckdb_tables()").fetchall()
        columns = connection.execute(
            "select schema_name, table_name, column_name, data_type, comment from duckdb_columns() where not internal "
            "order by schema_name, table_name, column_index"
        ).fetchall()
    tables = load_catalog().tables
    assert sorted(created) == sorted((table.schema, table.name, table.comment) for table in tables)
    ordered = sorted(tables, key=lambda table: (table.schema, table.name))
    assert columns == [
        (table.schema, table.name, column.name, column.type, column.comment)
        for table in ordered
        for column in table.columns
    ]


def test_names_and_comments_may_have_quotes():
    """A column with the name of a keyword, and comments with quotes, are created as they are."""
    columns = (Column('a "b"', "It's; drop table x."), Column("select", "", "BIGINT"))
    table = Table("main", "made", "A 'table'.", columns, (RowSource(),))
    with duckdb.connect() as connection:
        connection.execute(make_table_definition(table))
        described = connection.execute(
            "select column_name, data_type, comment from duckdb_columns() where not internal"
        )
        assert described.fetchall() == [('a "b"', "VARCHAR", "It's; drop table x."), ("select", "BIGINT", "")]


def test_texts_are_compressed_with_zstd():
    """Texts name their compression, and other columns leave it to DuckDB."""
    definition = make_table_definition(Table("main", "made", "", (Column("a", ""), Column("n", "", "BIGINT")), ()))
    assert '"a" VARCHAR using compression zstd, "n" BIGINT)' in definition
