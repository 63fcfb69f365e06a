"""What the tools answer: the models that clients see as output schemas, and the results that they receive."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Literal

from mcp.types import CallToolResult, TextContent
from pydantic import BaseModel, Field

from extract.printable import clean_sentence
from flows.wording import format_timestamp

if TYPE_CHECKING:
    from extract.errors import AclfError


Form = Literal["markdown", "data"]
"""How `show` gives a page."""


class Night(BaseModel):
    """Which night an answer is of."""

    run: int | None = Field(description="Number of the run that published the warehouse.")
    data_timestamp: str | None = Field(description="The registry's data that it read, as a time in UTC.")
    age_hours: float | None = Field(description="Hours since the registry was last asked with success.")
    state: str = Field(description="fresh, stale (too old) or failed (the newest sync failed), as `aclf status` says.")
    source: str = Field(description="The line to name as the source.")
    warning: str | None = Field(description="What to tell the reader before anything else; null if the data is fresh.")


class Answer(BaseModel):
    """What every answer has."""

    night: Night
    left_out: list[str] = Field(description="What is not in the answer, and how to ask for it; empty if all is there.")


class Column(BaseModel):
    """One column of a table."""

    name: str
    type: str
    meaning: str
    path: str | None = Field(description="The field of the registry's record that it comes from; null if derived.")


class Table(BaseModel):
    """One table or view."""

    name: str = Field(description="Schema and name, as SQL takes them.")
    meaning: str = Field(description="What it holds, and its grain: what one row is.")
    columns: list[Column] | None = Field(description="Its columns, or those that were found; null in a list of tables.")


class Description(Answer):
    """The answer of `describe`."""

    tables: list[Table]
    schemas: dict[str, str] = Field(description="The other schemas, and what they hold; empty if a table was named.")


class Rows(Answer):
    """The answer of `query`."""

    columns: list[str]
    rows: list[list[Any]] = Field(description="One list a row, in the order of the columns. Times are in UTC.")


class Page(Answer):
    """The answer of `show`."""

    nct_id: str = Field(description="The current NCT number, also if an obsolete one was asked for.")
    title: str
    url: str = Field(description="The trial's own page at ClinicalTrials.gov.")
    form: Form
    parts: dict[str, Any] = Field(description="The parts of the page in their order, by heading or field.")


class Change(BaseModel):
    """One thing that happened to a trial."""

    changed_at: str = Field(description="When this warehouse saw it (UTC): the night after the registry showed it.")
    nct_id: str
    brief_title: str | None
    kind: str = Field(description="added, removed, changed, reordered (a field), joined, left or returned (the set).")
    weight: str | None = Field(description="major, minor, administrative (renewed dates), or null if not known.")
    path: str | None = Field(description="The field of the registry's record; null for joined, left and returned.")
    old_value: Any
    new_value: Any
    sentence: str = Field(description="The same in words.")


class Changes(Answer):
    """The answer of `changes`."""

    since: str | None = Field(description="The first day that was asked for, or null.")
    changes: list[Change] = Field(description="The newest first.")


def make_result(answer: Answer) -> CallToolResult:
    """Return an answer as structured content, and as the same JSON in a text for clients that know only texts."""
    text = TextContent(type="text", text=answer.model_dump_json())
    return CallToolResult(content=[text], structured_content=answer.model_dump(mode="json"))


def make_error_result(error: AclfError) -> CallToolResult:
    """Return a failure as the sentence that the command line would print."""
    return CallToolResult(content=[TextContent(type="text", text=str(error))], is_error=True)


def format_warning(status: dict[str, Any]) -> str | None:
    """Return what a reader must know of data that is not fresh, or None if it is.

    Args:
        status: what `flows.status.read_status` returns.
    """
    if status["state"] == "fresh":
        return None
    failure, age = status["failure"], status["age_hours"]
    if failure and status["state"] == "failed":
        cause = f"The newest sync failed: {clean_sentence(failure['message'])}"
    elif age is None:
        cause = "No sync has succeeded yet."
    elif age < 0:
        cause = "The last good sync is dated in the future, so nobody knows how old the data is."
    else:
        cause = f"The registry was last asked {age:.0f} hours ago."
    moment = format_timestamp(status["data_timestamp"])
    return (
        f"{cause} The data is that of {moment} UTC, and trials may have changed since; `aclf sync` fetches what is new."
    )
