"""The commands that give the warehouse's data away: by SQL, as files, and what each column means.

Imports are late, so that `aclf --help` is there at once.
"""

from __future__ import annotations

from enum import StrEnum
from pathlib import Path
from typing import Annotated

import typer

from extract.errors import BadSetting
from flows.cli import options
from flows.cli.completion import complete_table


class Format(StrEnum):
    """What `aclf export` writes."""

    parquet = "parquet"
    csv = "csv"
    xlsx = "xlsx"


def query(
    statement: Annotated[
        str | None,
        typer.Argument(metavar="SQL", help="SQL; the last statement is a query. `-`, or a pipe: from standard input."),
    ] = None,
    file: Annotated[
        Path | None, typer.Option("-f", "--file", help="Read the SQL from this file; `-` is standard input.")
    ] = None,
    output: Annotated[
        Path | None,
        typer.Option("-o", "--output", help="Write the rows to a file that ends in .csv, .parquet, .xlsx or .json."),
    ] = None,
    as_aact: Annotated[bool, typer.Option("--aact", help="The SQL is PostgreSQL, written for AACT.")] = False,
    as_wide: Annotated[bool, typer.Option("--wide", help="A table with all columns, whole; its lines may be long.")] = (
        False
    ),
    as_line: Annotated[bool, typer.Option("--line", help="One value a line, whole.")] = False,
    as_csv: Annotated[bool, typer.Option("--csv", help="Print CSV in UTF-8, as always when piped.")] = False,
    as_safe_csv: Annotated[
        bool, typer.Option("--safe-csv", help="The same, with an apostrophe before texts that begin as formulas do.")
    ] = False,
    as_json: options.AsJson = False,
    as_of: Annotated[
        str | None,
        typer.Option("--as-of", metavar="YYYY-MM-DD", help="The warehouse as it was at the end of that day (UTC)."),
    ] = None,
    warehouse: options.Warehouse = options.DEFAULT_WAREHOUSE,
) -> None:
    """Run read-only SQL on the warehouse, as it is or as it was.

    Statements before the last may make tables and views in memory.
    A terminal gets a table that fits; the line below it says what is not shown.
    CSV in a file or a pipe is UTF-8, also where the code page is another.
    JSON writes a character that the code page lacks as JSON's own escape.
    """
    from flows.cli.query import Question, choose_form, print_query, read_statement, write_query
    from warehouse.paths import Paths

    day = options.parse_day(as_of, "--as-of")
    flags = [("wide", as_wide), ("line", as_line), ("csv", as_csv), ("safe csv", as_safe_csv), ("json", as_json)]
    form = choose_form(flags)
    published_file = Paths.of(Path(warehouse)).warehouse
    question = Question(published_file, read_statement(statement, file), is_for_aact=as_aact, day=day)
    if output is None:
        print_query(question, form)
    else:
        write_query(question, output, form)


def docs(
    table: Annotated[
        str | None,
        typer.Argument(
            metavar="[TABLE]",
            help="Only this table or view, such as trials or ctgov.studies.",
            autocompletion=complete_table,
        ),
    ] = None,
    word: Annotated[
        str | None,
        typer.Option("--grep", metavar="WORD", help="Only tables and columns with this word in name or meaning."),
    ] = None,
    reads_values: Annotated[
        bool,
        typer.Option(
            "--values", help="Also for all tables: how many values are missing, and an example. Takes longer."
        ),
    ] = False,
    warehouse: options.Warehouse = options.DEFAULT_WAREHOUSE,
    as_json: options.AsJson = False,
) -> None:
    """Print the data dictionary as Markdown.

    It has every column of the published warehouse with its type, its meaning and its path in the registry's records.
    For one table, or for what --grep finds, it also says how many values are missing, and shows one.
    Names, phone numbers and addresses of people are never shown.
    """
    from flows.cli.docs import print_docs
    from warehouse.paths import Paths

    published = Paths.of(Path(warehouse)).warehouse
    print_docs(published, table, word, reads_values=reads_values, as_json=as_json)


def export(
    folder: Annotated[Path, typer.Argument(metavar="DIR", help="The folder to write into; made if it is missing.")],
    form: Annotated[
        Format,
        typer.Option("--format", help="Parquet carries the comments; CSV has lists as JSON; xlsx is one workbook."),
    ] = Format.parquet,
    only: Annotated[
        list[str] | None,
        typer.Option(
            "--only",
            metavar="TABLE",
            help="Only this table or view; several: once for each.",
            autocompletion=complete_table,
        ),
    ] = None,
    as_safe_csv: Annotated[
        bool, typer.Option("--safe-csv", help="CSV with an apostrophe before texts that begin as formulas do.")
    ] = False,
    warehouse: options.Warehouse = options.DEFAULT_WAREHOUSE,
    as_json: options.AsJson = False,
) -> None:
    """Write every table and view as a file, with a manifest.

    The manifest has the rows, hash and run of each file, and the meaning of each column.
    A workbook has the tables of `main`, one a sheet, and the dictionary.
    """
    from flows.cli.export import print_export
    from warehouse.paths import Paths
    from warehouse.reading.export import SAFE_CSV, export_tables

    if as_safe_csv and form is Format.xlsx:
        raise BadSetting("--safe-csv is not for a workbook, in which no text is a formula")
    file_format = SAFE_CSV if as_safe_csv else form.value
    manifest = export_tables(Paths.of(Path(warehouse)).warehouse, folder, file_format, only or ())
    print_export(manifest, folder, as_json=as_json)


def publish(
    targets: Annotated[
        list[str],
        typer.Option("--to", metavar="TARGET", help="postgresql://…, ducklake:…, s3://… or a folder; several: each."),
    ],
    is_full: Annotated[
        bool, typer.Option("--full", help="Of a database: write everything, not only what it has missed.")
    ] = False,
    as_parquet: Annotated[
        bool, typer.Option("--parquet", help="Of a folder or a bucket: every table as Parquet too.")
    ] = False,
    is_forgotten: Annotated[
        bool, typer.Option("--forget", help="Publish nothing; `aclf status` names the target no more.")
    ] = False,
    warehouse: options.Warehouse = options.DEFAULT_WAREHOUSE,
    as_json: options.AsJson = False,
) -> None:
    """Publish the warehouse also to a database, a folder or a bucket.

    A target gets what it has missed since the run that it holds.
    An address holds no password: that is in ~/.pgpass, in PGPASSWORD, or where boto3 looks for it.
    """
    from flows.cli.publish import forget_and_print, publish_and_print
    from warehouse.paths import Paths
    from warehouse.targets.addresses import parse_address

    addresses = [parse_address(text) for text in targets]
    paths = Paths.of(Path(warehouse))
    if is_forgotten:
        forget_and_print(paths, addresses)
    else:
        publish_and_print(paths, addresses, is_full=is_full, as_parquet=as_parquet, as_json=as_json)
