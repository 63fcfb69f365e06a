"""Refuse what PostgreSQL would refuse: the parser reads other databases' SQL too, and repairs mistakes in silence.

The parser reads clauses in any order, drops a comma too many and fills in words that are missing. Without these rules
an analyst gets the answer to a question that is not the one in the text.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from sqlglot import exp
from sqlglot.tokenizer_core import Token, TokenType

from warehouse.errors import UnsupportedQuery

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

_CLAUSES = {
    TokenType.WITH: "with",
    TokenType.SELECT: "select",
    TokenType.INTO: "into",
    TokenType.FROM: "from",
    TokenType.WHERE: "where",
    TokenType.GROUP_BY: "group by",
    TokenType.HAVING: "having",
    TokenType.WINDOW: "window",
    TokenType.ORDER_BY: "order by",
    TokenType.LIMIT: "limit",
    TokenType.FETCH: "limit",
    TokenType.OFFSET: "offset",
}
"""The clauses of a query in their order. `fetch first` is another spelling of `limit`."""

_POSITIONS = {clause: min(position, 9) for position, clause in enumerate(dict.fromkeys(_CLAUSES.values()))}
"""The position of each clause in a query; `limit` and `offset` come in any order."""

_SET_OPERATORS = {TokenType.UNION, TokenType.INTERSECT, TokenType.EXCEPT}
_OPENING = {TokenType.L_PAREN, TokenType.L_BRACKET}
_CLOSING = {TokenType.R_PAREN, TokenType.R_BRACKET}
_WORDS_AFTER_WITH = {"ordinality", "ties", "time", "no"}
_WORDS_OF_JOINS = {"inner", "left", "right", "full", "outer"}

_END = "<end>"
_NEXT = rf"(?:from|where|group by|having|window|order by|limit|offset|fetch|union|intersect|except|[)\];]|{_END})(?!\w)"
_NOT_A_NAME = "(?!exists|array|any|all|some|in|lateral|not)"
_FAULTS = {
    rf", (?:,|{_NEXT})": 'syntax error at or near ","',
    r"(?:[(\[]|select|by|from|where|distinct|distinct on \( [^()]* \)) ,": 'syntax error at or near ","',
    r"limit \S+ ,": "`limit` takes one number, and `offset` the other",
    r"limit \S+ percent": 'syntax error at or near "percent"',
    r"fetch (?:first|next) (?:\S+ )?rows? (?!only |with ties )": "`fetch first` needs `only` or `with ties` at its end",
    rf"(?:with|with recursive|,) {_NOT_A_NAME}\w+ \( (?:select|with|values) ": "`as` is missing in the `with` clause",
    r"with \(": 'syntax error at or near "with"',
    r"using (?!\()": "`using` needs its columns in parentheses",
    rf"(?:group|order) by all {_NEXT}": 'syntax error at or near "all"',
    r"by name (?:select|all|\()": 'syntax error at or near "by"',
    rf"as (?:[,)]|{_END})": "a name is missing after `as`",
    r"as 'text'": "a name cannot be in single quotes",
    r"'text' 'text'": "two texts stand side by side",
    r"interval [0-9]\S*": "the number and the unit of an interval need quotes",
    r"current_date \(|current_(?:time|timestamp) \( \)": 'syntax error at or near "("',
    r"extract \( \S+ ,|position \( [^()]* ,": 'syntax error at or near ","',
    r"(?:rlike|regexp) 'text'": "the operator for patterns is `~`",
    r"(?:any|some) (?:array|'text')": "`any` needs parentheses",
    r"(?:asc|desc) (?:asc|desc)(?!\w)": "the order is given twice",
    r"(?:select|[(=]|\|\||where|then|else) \[": 'syntax error at or near "["',
    r"==": "the operator `==` does not exist",
}
"""Forms that PostgreSQL refuses, each with its reason, in a text of the statement's words with one space between."""


def refuse_faults(tokens: Sequence[Token]) -> None:
    """Refuse a statement that PostgreSQL would refuse although the parser reads it.

    Raises:
        UnsupportedQuery: A clause stands in the wrong place or twice, or a part has another form than PostgreSQL's.
    """
    _check_clauses(tokens)
    _check_joins(tokens)
    text = " ".join([*_list_words(tokens), _END])
    for pattern, reason in _FAULTS.items():
        if re.search(rf"(?<!\S)(?:{pattern})", text):
            raise _make_refusal(reason)


def refuse_other_dialects(tree: exp.Expr) -> None:
    """Refuse a part of a tree that only other databases have.

    Raises:
        UnsupportedQuery: `select *` leaves out or changes columns.
    """
    for star in tree.find_all(exp.Star):
        if any(star.args.get(change) for change in ("except_", "replace", "rename", "ilike")):
            raise _make_refusal("`select *` cannot leave out or change columns")


def _check_clauses(tokens: Sequence[Token]) -> None:
    """Refuse a clause that stands before an earlier one, or twice, in one pair of parentheses."""
    # Each pair of parentheses is a query of its own, or a call with at most one clause, such as `trim(both from x)`.
    levels: list[list[str]] = [[]]
    for previous, token, following in _with_neighbours(tokens):
        if token.token_type in _OPENING:
            levels.append([])
        elif token.token_type in _CLOSING and len(levels) > 1:
            levels.pop()
        elif token.token_type in _SET_OPERATORS:
            if any(_POSITIONS[clause] > _POSITIONS["window"] for clause in levels[-1]):
                raise _make_refusal(_describe_fault(token), order=True)
            levels[-1] = []
        elif clause := _find_clause(previous, token, following):
            _check_position(clause, levels[-1], token, previous)
            levels[-1].append(clause)


def _check_position(clause: str, earlier: Sequence[str], token: Token, previous: str) -> None:
    is_late = any(_POSITIONS[other] > _POSITIONS[clause] for other in earlier) or clause in earlier
    # A query begins with `select`; in `trim(from x)` there is no query.
    is_first = clause == "from" and not earlier and previous in {"", "("}
    if is_late or is_first:
        raise _make_refusal(_describe_fault(token), order=True)


def _check_joins(tokens: Sequence[Token]) -> None:
    """Refuse a join without a condition, except a cross join and a natural join."""
    waiting = [0]
    words_before: list[str] = []
    for previous, token, _ in _with_neighbours(tokens):
        word = token.text.lower()
        if token.token_type in _OPENING:
            waiting.append(0)
        elif token.token_type in _CLOSING and len(waiting) > 1:
            _check_conditions(waiting.pop())
        elif token.token_type == TokenType.JOIN:
            kind = [other for other in words_before if other not in _WORDS_OF_JOINS]
            waiting[-1] += kind[-1:] not in (["cross"], ["natural"])
        elif (token.token_type == TokenType.ON and previous != "distinct") or token.token_type == TokenType.USING:
            waiting[-1] -= 1
        elif token.token_type in {*_SET_OPERATORS, TokenType.WHERE}:
            _check_conditions(waiting[-1])
        words_before.append(word)
    _check_conditions(waiting[-1])


def _check_conditions(waiting: int) -> None:
    if waiting > 0:
        raise _make_refusal("a `join` has no `on` or `using`")


def _find_clause(previous: str, token: Token, following: str) -> str | None:
    """Return the clause that a token begins, or None: `is distinct from`, `x.order` and `as limit` begin none."""
    clause = _CLAUSES.get(token.token_type)
    # A query may follow `as`; any other word after it is a name.
    is_name = previous == "." or (previous == "as" and clause not in {"select", "with"})
    is_comparison = clause == "from" and previous == "distinct"
    is_option = clause == "with" and following in _WORDS_AFTER_WITH
    return None if is_name or is_comparison or is_option else clause


def _with_neighbours(tokens: Sequence[Token]) -> Iterator[tuple[str, Token, str]]:
    """Yield each token between the words before and after it."""
    words = ["", *(token.text.lower() for token in tokens), ""]
    for index, token in enumerate(tokens):
        yield words[index], token, words[index + 2]


def _list_words(tokens: Sequence[Token]) -> Iterator[str]:
    """Yield each token in lower case: a text as `'text'`, a name in quotes as `name`."""
    line_of_text = 0
    for token in tokens:
        is_text = token.token_type == TokenType.STRING
        # PostgreSQL joins two texts that stand on two lines.
        if not (is_text and line_of_text and token.line > line_of_text):
            yield "'text'" if is_text else "name" if token.token_type == TokenType.IDENTIFIER else token.text.lower()
        line_of_text = token.line if is_text else 0


def _describe_fault(token: Token) -> str:
    return f'syntax error at or near "{token.text.lower()}"'


def _make_refusal(reason: str, *, order: bool = False) -> UnsupportedQuery:
    clauses = "select, from, where, group by, having, window, order by, limit"
    next_step = f"write the clauses once and in this order: {clauses}" if order else "mend the statement at this place"
    return UnsupportedQuery(f"PostgreSQL would refuse the statement ({reason})", next_step=next_step)
