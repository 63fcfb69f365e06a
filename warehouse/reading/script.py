"""Split SQL into statements, and each statement into the command before its query and the query itself.

What a statement makes is temporary, whatever its text says: it lives in the memory of the session.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from enum import Enum, auto
from itertools import pairwise
from typing import TYPE_CHECKING

import duckdb

from warehouse.errors import BadQuery

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence

_MODIFIERS = {"temp", "temporary", "local", "global", "unlogged", "materialized"}
_QUERY_STARTS = {"select", "with", "values", "from", "table", "("}
_WORD = re.compile(r'"(?:[^"]|"")*"|\w+')


class Kind(Enum):
    """What a statement does."""

    QUERY = auto()
    EXPLAIN = auto()
    CREATE = auto()
    INSERT = auto()
    DROP = auto()
    SEARCH_PATH = auto()


@dataclass(frozen=True, slots=True)
class Statement:
    """One statement.

    Attributes:
        kind: What it does.
        command: The text before its query, or the whole statement if it has no query.
        query: Its query, or an empty text.
        name: The table or view that it makes, or an empty text.
    """

    kind: Kind
    command: str = ""
    query: str = ""
    name: str = ""


@dataclass(frozen=True, slots=True)
class _Token:
    """A word of the text in lower case, with its bounds in bytes and the number of open parentheses before it."""

    word: str
    start: int
    end: int
    depth: int


def split_script(text: str) -> list[Statement]:
    """Return the statements of a text, without those that are empty or only a comment.

    Raises:
        BadQuery: A statement does something else than a session in memory may do.
    """
    encoded = text.encode()
    groups: list[list[_Token]] = [[]]
    for token in _tokenize(encoded):
        if token.word == ";":
            groups.append([])
        else:
            groups[-1].append(token)
    return [_Reader(encoded, tokens).read() for tokens in groups if tokens]


def make_refusal() -> BadQuery:
    """Make the error about a statement that is none of those that a session in memory may run."""
    return BadQuery(
        "only queries can be run (select, with, from, describe, summarize, explain), and before the last one also "
        "create table, create view, insert and drop, in memory",
        next_step="open a copy of the file with DuckDB to do more",
    )


class _Reader:
    """The reader of one statement: its tokens, and the text around them."""

    def __init__(self, text: bytes, tokens: Sequence[_Token]) -> None:
        self._text = text
        self._tokens = tokens
        self._words = [token.word for token in tokens]

    def read(self) -> Statement:
        readers = {
            "explain": self._read_explain,
            "create": self._read_create,
            "insert": self._read_insert,
            "drop": self._read_drop,
            "set": self._read_setting,
        }
        return readers.get(self._words[0], self._read_query)()

    def _read_query(self) -> Statement:
        into = self._find(["into"], 0)
        if self._words[0] not in {"select", "with"} or into is None:
            return Statement(Kind.QUERY, query=self._cut(0))
        # `select … into x from y` makes the table x.
        position = self._skip(into + 1, {*_MODIFIERS, "table"})
        name, after = self._read_name(position)
        query = f"{self._cut(0, into)}\n{self._cut(after)}"
        return Statement(Kind.CREATE, f"create temp table {name} as\n", query, name)

    def _read_explain(self) -> Statement:
        position = self._skip(1, {"analyze", "verbose"})
        # `explain (format json) select …` has options, and `explain (select …)` has not.
        if self._words[position : position + 1] == ["("] and self._words[position + 1] not in _QUERY_STARTS:
            position = self._find_closing(position) + 1
        return Statement(Kind.EXPLAIN, f"{self._cut(0, position)}\n", self._cut(position))

    def _read_create(self) -> Statement:
        replaces = self._words[1:3] == ["or", "replace"]
        position = self._skip(3 if replaces else 1, _MODIFIERS)
        # A materialized view holds rows, as a table does.
        is_table = "materialized" in self._words[1:position] or self._words[position : position + 1] == ["table"]
        if self._words[position : position + 1] not in (["table"], ["view"]):
            raise make_refusal()
        exists = self._words[position + 1 : position + 4] == ["if", "not", "exists"]
        name, after = self._read_name(position + 4 if exists else position + 1)
        start = f"create {'or replace ' * replaces}temp {'table' if is_table else 'view'} {'if not exists ' * exists}"
        query = self._find(["as"], after)
        if query is None:
            return Statement(Kind.CREATE, f"{start}{name} {self._cut(after)}", name=name)
        return Statement(Kind.CREATE, f"{start}{name} {self._cut(after, query + 1)}\n", self._cut(query + 1), name)

    def _read_insert(self) -> Statement:
        query = self._find(_QUERY_STARTS - {"("}, 1)
        if query is None:
            raise make_refusal()
        return Statement(Kind.INSERT, f"{self._cut(0, query)}\n", self._cut(query))

    def _read_drop(self) -> Statement:
        if self._words[1:2] not in (["table"], ["view"]):
            raise make_refusal()
        return Statement(Kind.DROP, self._cut(0))

    def _read_setting(self) -> Statement:
        if self._words[1:2] != ["search_path"]:
            raise make_refusal()
        return Statement(Kind.SEARCH_PATH, self._cut(0))

    def _read_name(self, position: int) -> tuple[str, int]:
        """Return the name of a table, and the position after it."""
        if self._words[position + 1 : position + 2] == ["."]:
            raise BadQuery(
                "a table or view of a query is made in memory and has no schema",
                next_step="write its name without a schema, here and where it is read",
            )
        # In the text of the statement, because `word` is in lower case.
        return _read_word(self._cut(position, position + 1)), position + 1

    def _find(self, words: Iterable[str], start: int) -> int | None:
        """Return the position of the first of these words outside of parentheses, or None; a column's name is none."""
        wanted = set(words)
        for position in range(start, len(self._tokens)):
            is_name = position > 0 and self._words[position - 1] in {"as", "."}
            if self._words[position] in wanted and self._tokens[position].depth == 0 and not is_name:
                return position
        return None

    def _find_closing(self, opening: int) -> int:
        for position in range(opening + 1, len(self._tokens)):
            if self._words[position] == ")" and self._tokens[position].depth == self._tokens[opening].depth + 1:
                return position
        raise make_refusal()

    def _skip(self, position: int, words: set[str]) -> int:
        while self._words[position : position + 1] and self._words[position] in words:
            position += 1
        return position

    def _cut(self, start: int, end: int | None = None) -> str:
        """Return the text from one token until another one begins, or until the statement ends."""
        if start >= len(self._tokens):
            return ""
        last = self._tokens[-1].end if end is None or end >= len(self._tokens) else self._tokens[end].start
        return self._text[self._tokens[start].start : last].decode()


def _tokenize(text: bytes) -> Iterator[_Token]:
    """Yield the words of a text as DuckDB reads them. A comment belongs to the word before it."""
    # The offsets count bytes.
    starts = [offset for offset, _ in duckdb.tokenize(text.decode())]
    depth = 0
    for start, end in pairwise([*starts, len(text)]):
        word = _read_word(text[start:end].decode())
        yield _Token(word.lower(), start, end, depth)
        depth += {"(": 1, ")": -1}.get(word, 0)


def _read_word(text: str) -> str:
    """Return the word at the start of a text: a name, with its quotes if it has some, or one character."""
    found = _WORD.match(text)
    return found.group() if found else text[:1]
