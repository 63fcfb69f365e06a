"""`aclf query`: run statements on the published warehouse, and print or write the rows of the last one."""

from __future__ import annotations

import os
import sys
from dataclasses import dataclass
from typing import TYPE_CHECKING, TypeVar

import duckdb

from extract.texts import decode_text
from flows.cli.result_files import check_result_path, write_result
from flows.cli.terminal import print_answer, print_csv, print_lines, print_objects, print_value_lines
from warehouse.connect import open_read_only
from warehouse.errors import BadQuery
from warehouse.reading.query import fetch_answer, run_query
from warehouse.reading.values import count_things

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence
    from contextlib import AbstractContextManager
    from datetime import date
    from pathlib import Path

    from duckdb import DuckDBPyConnection

T = TypeVar("T")

STANDARD_INPUT = "-"
"""What stands for standard input where a text or the name of a file is expected."""

_MISREAD = (duckdb.ParserException, duckdb.BinderException, duckdb.CatalogException)
"""DuckDB's errors about SQL that it cannot read, as opposed to one that fails when it runs."""


@dataclass(frozen=True, slots=True)
class Question:
    """What is asked, and of what.

    Attributes:
        warehouse: the published file.
        statement: the statements, of which the last is a query.
        is_for_aact: whether they are PostgreSQL's, written for AACT.
        day: the day as of which the warehouse is read, or None for now.
    """

    warehouse: Path
    statement: str
    is_for_aact: bool = False
    day: date | None = None


def read_statement(statement: str | None, file: Path | None) -> str:
    """Return the SQL that the user gave: as an argument, in a file, or on standard input.

    Raises:
        BadQuery: there is none, or more than one; or it is neither UTF-8 nor a text with a byte order mark.
    """
    if statement is not None and file is not None:
        raise BadQuery("there are two SQL texts", next_step="give it as an argument or with -f FILE")
    try:
        if STANDARD_INPUT in (statement, str(file)) or (statement is None and file is None and _is_piped()):
            text = decode_text(sys.stdin.buffer.read())
        elif file is not None:
            text = decode_text(file.read_bytes())
        else:
            # Python accepts arguments that are not UTF-8. Encode and decode again, so that they are refused as files.
            text = decode_text(os.fsencode(statement or ""))
    except UnicodeDecodeError as error:
        raise BadQuery(f"the statement is not UTF-8 ({error})", next_step="save it in UTF-8") from error
    except OSError as error:
        raise BadQuery(f"the file {file} cannot be read ({error})", next_step="name another file") from error
    if not text.strip():
        raise BadQuery(
            "there is no SQL", next_step='give it as in `aclf query "from trials"`, with -f FILE, or through a pipe'
        )
    return text


def _is_piped() -> bool:
    """Return whether something other than a person's terminal is at standard input."""
    return sys.stdin is not None and not sys.stdin.isatty()


def print_query(question: Question, form: str) -> None:
    """Run statements and print the rows of the last: a table on a terminal, CSV elsewhere, or what the flags ask for.

    Args:
        question: what is asked.
        form: `csv`, `safe csv`, `json`, `wide` or `line`; if empty, a table on a terminal, and CSV elsewhere.
    """
    names, rows = _ask(question, fetch_answer)
    if form == "json":
        print_objects(names, rows)
    elif form == "line":
        print_value_lines(names, rows)
    elif form == "wide" or (not form and sys.stdout.isatty()):
        print_answer(names, rows, is_wide=form == "wide")
    else:
        print_csv(names, rows, is_safe=form == "safe csv")


def write_query(question: Question, file: Path, form: str) -> None:
    """Run statements, write the rows of the last to a file, and say how many there are.

    Args:
        question: what is asked.
        file: the file, whose ending says its format.
        form: `safe csv`, or empty.

    Raises:
        BadQuery: the ending is not known, or another form is asked for.
        ExportFailed: the file cannot be written.
    """
    check_result_path(file)
    if form and not (form == "safe csv" and file.suffix.lower() == ".csv"):
        raise BadQuery(f"-o {file} and --{form.replace(' ', '-')} are two forms", next_step="leave one of the two out")
    written = write_result(file, lambda fetch: _ask(question, fetch), is_safe=bool(form))
    lines = [f"{file} has {count_things(written.rows, 'row')} and {count_things(written.columns, 'column')}."]
    if written.cut:
        texts = f"{count_things(written.cut, 'text')} {'is' if written.cut == 1 else 'are'}"
        ending = "where a cell of Excel ends: .csv, .parquet and .json have them whole"
        lines.append(f"{texts} cut at 32,767 characters, {ending}.")
    print_lines(lines)


def choose_form(flags: Sequence[tuple[str, bool]]) -> str:
    """Return the name of the flag that is set, or an empty text if none is.

    Raises:
        BadQuery: more than one is set.
    """
    forms = [name for name, is_set in flags if is_set]
    # Safe CSV is CSV, so both flags together have always meant the first.
    forms = [name for name in forms if name != "csv" or "safe csv" not in forms]
    if len(forms) > 1:
        flags_given = " and ".join(f"--{form.replace(' ', '-')}" for form in forms)
        raise BadQuery(f"{flags_given} are two forms", next_step="give one of them")
    return "".join(forms)


def _ask(question: Question, fetch: Callable[[DuckDBPyConnection], T]) -> T:
    """Run the statements and return what a function makes of the result of the last."""
    if not question.is_for_aact:
        try:
            with _open_warehouse(question) as connection:
                return run_query(connection, question.statement, fetch)
        except BadQuery as error:
            if isinstance(error.__cause__, _MISREAD) and _is_answered_for_aact(question):
                raise BadQuery(
                    error.happened, next_step="it reads as PostgreSQL for AACT: run the command again with --aact"
                ) from error
            raise
    # Only AACT's queries need sqlglot, which is slow to import.
    from warehouse.aact.asking import SESSION, run_aact_query  # noqa: PLC0415 - sqlglot is slow to import

    with _open_warehouse(question, SESSION) as connection:
        return run_aact_query(connection, question.statement, fetch)


def _is_answered_for_aact(question: Question) -> bool:
    """Return whether today's warehouse would answer the statements with `--aact`."""
    from warehouse.aact.asking import SESSION, is_answered_for_aact  # noqa: PLC0415 - sqlglot is slow to import

    with open_read_only(question.warehouse, SESSION) as connection:
        return is_answered_for_aact(connection, question.statement)


def _open_warehouse(question: Question, session: str = "") -> AbstractContextManager[DuckDBPyConnection]:
    if question.day is None:
        return open_read_only(question.warehouse, session)
    from warehouse.reading.as_of import open_as_of  # noqa: PLC0415 - rebuilds a past night, which few queries need

    return open_as_of(question.warehouse, question.day, session)
