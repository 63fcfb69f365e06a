"""The tools that an assistant can call. Their docstrings are the descriptions that it reads."""

# ruff: noqa: TC001, TC002 - the SDK reads the annotations when it runs

from __future__ import annotations

from datetime import date
from functools import partial
from typing import TYPE_CHECKING, Annotated

from mcp.types import CallToolResult
from pydantic import Field

from extract.errors import AclfError
from extract.nct import NctId
from flows.assistant.answers import Answer, Changes, Description, Form, Page, Rows, make_error_result, make_result
from flows.assistant.asking import WarehouseReader
from flows.assistant.describing import answer_describe
from flows.assistant.reading import answer_changes, answer_query, answer_show
from warehouse.errors import BadQuery

if TYPE_CHECKING:
    from collections.abc import Callable

MOST_ROWS = 1000
"""Rows that one answer may have."""

Trial = Annotated[str, Field(description="NCT number, such as NCT03863002.")]


class Tools:
    """The tools, over one warehouse.

    Args:
        reader: What reads the warehouse.
    """

    def __init__(self, reader: WarehouseReader) -> None:
        self._reader = reader

    async def describe(
        self,
        name: Annotated[
            str | None,
            Field(description="A table (`trials`, `ctgov.studies`) for its columns, or a schema for its tables."),
        ] = None,
        words: Annotated[
            str | None, Field(description="Find the columns whose name or meaning has all of these words.")
        ] = None,
    ) -> Annotated[CallToolResult, Description]:
        """Say what the warehouse holds: its tables, or the columns of one table with their meaning.

        Call it before the first `query`, and whenever you are not sure of a table or a column.
        Without arguments it lists the tables of `main`, where almost every question is answered, and the other schemas.
        With `name` it lists the columns of a table: type, meaning, and the field of the registry's record it is from.
        With `words` it searches the whole dictionary, such as `words="time frame"`.
        Each table says its grain: what one row is. Where a row is not a trial, count with `count(distinct nct_id)`.
        """
        return await self._answer(partial(answer_describe, name=name, words=words))

    async def query(
        self,
        sql: Annotated[
            str,
            Field(description="DuckDB SQL. The last statement is a query; those before may make temporary tables."),
        ],
        most_rows: Annotated[int, Field(ge=1, le=MOST_ROWS, description="The most rows to return.")] = 100,
    ) -> Annotated[CallToolResult, Rows]:
        """Run read-only SQL on the warehouse and return its rows.

        Use it for every count, list and comparison. It cannot write, read another file, or change a setting.
        Say `where in_condition_set` on `main.trials`, unless trials that left the set or were never in it count too.
        NULL means that the record does not say, or that no rule could read it: it never means "no" or zero.
        `phase` 'NA' means that phases do not apply, and NULL that the record has none.
        `main.mentions` says that a sentence names something. It never says that the trial uses it: read the sentence.
        A limit, class or mention that is not there may still be in the text, which stands beside it.
        `main.trials_as_of(date '2026-01-31')` is the set as it was on a day;
        `main.sites_near(latitude, longitude, km)` has the sites around a place.
        An answer is bounded. `left_out` says what is missing and how to ask for it: such a list is not complete.
        """
        return await self._answer(partial(answer_query, sql=sql, most_rows=most_rows))

    async def show(
        self,
        nct_id: Trial,
        form: Annotated[Form, Field(description="The page as Markdown, or its fields as data.")] = "markdown",
        only: Annotated[
            list[str] | None, Field(description="Names of the parts to return, as an earlier answer has them.")
        ] = None,
    ) -> Annotated[CallToolResult, Page]:
        """Show one trial: its page, in parts.

        Use it when a question is about one trial, and before you say anything about a trial that is not in your rows.
        An obsolete NCT number leads to the trial that it was merged into.
        "not given" means that the record does not say. What a part quotes is the sponsor's text.
        """
        trial = partial(answer_show, form=form, only=only or [])
        return await self._answer(lambda connection, night: trial(connection, night, NctId.parse(nct_id)))

    async def changes(
        self,
        since: Annotated[
            str | None,
            Field(
                description="The first day (UTC), such as 2026-10-01. Without it: 30 days, or all days of the trials."
            ),
        ] = None,
        nct_ids: Annotated[list[Trial] | None, Field(description="Only these trials; without it, all trials.")] = None,
        only_major: Annotated[  # noqa: FBT002 - the SDK calls by name
            bool,
            Field(
                description="Only status, why stopped, enrolment, dates, primary outcome, eligibility, arms, results."
            ),
        ] = False,
        most: Annotated[int, Field(ge=1, le=MOST_ROWS, description="The most changes to return.")] = 100,
    ) -> Annotated[CallToolResult, Changes]:
        """Say what changed in the trials, field by field, and which trials joined or left the set.

        Use it for "what is new" and "what happened to this trial". The newest change is first.
        `changed_at` is the night on which this warehouse saw the change, not the day on which the sponsor made it.
        The history begins with the first night of this warehouse; what happened before is not known here.
        """
        find = partial(answer_changes, most=most, only_major=only_major)
        numbers = nct_ids or []
        return await self._answer(
            lambda connection, night: find(connection, night, [*map(NctId.parse, numbers)], _parse_day(since))
        )

    async def _answer(self, read: Callable[..., Answer]) -> CallToolResult:
        """Return what a function reads from the warehouse, or the sentence of its failure, as the result of a call."""
        try:
            return make_result(await self._reader.ask(read))
        except AclfError as error:
            return make_error_result(error)


def _parse_day(text: str | None) -> date | None:
    try:
        return date.fromisoformat(text) if text else None
    except ValueError:
        raise BadQuery(
            f"`since` is not a day: {text!a}", next_step="give a day such as 2026-10-01, or leave it out"
        ) from None
