"""The way from a record down to the rows of one source: one `unnest` a list, with each row's place among the trial's.

A row's place is counted from the record itself: the elements in the lists before its own, and its place in its own.
Nothing is sorted for it, and the same row has the same place in every run.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from transform.paths import LIST, make_expression, quote_name, split_path

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Sequence

    from transform.paths import Steps

    Condition = Callable[[str], str]


@dataclass(frozen=True, slots=True)
class Walk:
    """The elements of a source of rows: a query, and SQL expressions over its columns.

    Attributes:
        query: gives nct_id, and what the expressions need.
        value: the SQL of an absolute path's value.
        place: the SQL of the place, among all the trial's elements of that path, of the element of that path (one of
            `places` or the rows' own) in which the row lies; from 1.
        position: the SQL of the row's place in its own list; `1` where it is in none.
        before: the SQL of the number of the trial's rows from earlier sources.
    """

    query: str
    value: Callable[[str], str]
    place: Callable[[str], str]
    position: str
    before: str


def walk_to_rows(
    path: str,
    values: Iterable[str],
    places: Iterable[str],
    before: Sequence[str],
    condition: Condition | None = None,
) -> Walk:
    """Walk from the staged records to the elements of a path.

    Args:
        path: where the rows are; empty for one a record.
        values: the absolute paths whose values the rows take.
        places: paths of lists on the way, whose elements' places are asked for.
        before: paths of sources whose rows come before these.
        condition: gives the SQL that says of an element of the innermost list, by its SQL name, whether it is a row;
            the others take no place.
    """
    lists = _lists(path)
    level = {value: sum(_leads(origin, value) for origin in lists) for value in values}
    carried = {value: f"value{number}" for number, value in enumerate(level) if level[value] < len(lists)}
    totals = _totals(lists, dict.fromkeys([*places, *lists[-1:]]), condition)
    earlier = " + ".join(
        ["0", *(count_elements(source, quote_name(get_module(source)), get_module(source)) for source in before)]
    )
    query, element, kept = "staged_records", "", ["nct_id"]
    for depth, list_path in enumerate(lists, 1):
        above = lists[depth - 2] if depth > 1 else ""
        elements = _value(list_path, above, element)
        if condition and list_path == lists[-1]:
            elements = f"list_filter({elements}, lambda e: {condition('e')})"
        taken = {alias: _value(value, above, element) for value, alias in carried.items() if level[value] == depth - 1}
        taken |= {"before": earlier} if depth == 1 else {}
        taken |= {
            total.alias: f"list_transform({elements}, lambda e: {total.below})"
            for (_, there), total in totals.items()
            if there == list_path
        }
        taken |= {f"place{depth}": f"generate_subscripts({elements}, 1)"}
        columns = [*kept, *(f"{sql} as {alias}" for alias, sql in taken.items()), f"unnest({elements}) as row{depth}"]
        query, element = f"(select {', '.join(columns)} from {query})", f"row{depth}"
        kept += taken

    def value(wanted: str) -> str:
        return carried[wanted] if wanted in carried else _value(wanted, lists[-1] if lists else "", element)

    def place(target: str) -> str:
        depth = _lists(target).index(target) + 1
        passed = (
            f"cast(coalesce(list_sum({totals[target, there].alias}[:place{above} - 1]), 0) as bigint)"
            for above, there in enumerate(lists[: depth - 1], 1)
        )
        return " + ".join([*passed, f"place{depth}"])

    return Walk(query, value, place, f"place{len(lists)}" if lists else "1", "before" if lists else earlier)


def get_module(path: str) -> str:
    """The column of `staged_records` in which a path lies: its section and module, or the list or leaf before it."""
    first, *others = split_path(path)
    return f"{first}.{others[0]}" if others and not first.endswith(LIST) else first


def _value(path: str, above: str, element: str) -> str:
    """The SQL of a path's value, in the element of a list where it lies in one, else in its module."""
    return make_expression(path, {above: element} if above else {get_module(path): quote_name(get_module(path))})


@dataclass(frozen=True, slots=True)
class _Total:
    """How many elements of a target lie in each element of a list on its way: the column's name, and one's count."""

    alias: str
    below: str


def _totals(lists: Sequence[str], targets: Iterable[str], condition: Condition | None) -> dict[tuple[str, str], _Total]:
    """The totals that places are made of, by their target and the list whose elements are counted."""
    return {
        (target, there): _Total(
            f"total{number}_{depth}", count_elements(target, "e", there, condition if target == lists[-1] else None)
        )
        for number, target in enumerate(targets)
        for depth, there in enumerate(lists, 1)
        if there != target and _leads(there, target)
    }


def count_elements(path: str, base: str, origin: str, condition: Condition | None = None) -> str:
    """The SQL of the number of elements of a path, in a module of a record or in an element of a list on its way.

    Args:
        path: the absolute path; an object counts as one where it is there.
        base: the SQL name of what is looked into.
        origin: the absolute path of that.
        condition: which elements of the innermost list count, as in `walk_to_rows`.
    """
    rest = split_path(path)[len(split_path(origin)) :]
    if not any(step.endswith(LIST) for step in rest):
        return f"cast({_member(base, rest)} is not null as bigint)"
    return _count(base, rest, 1, condition)


def _count(base: str, rest: Steps, depth: int, condition: Condition | None) -> str:
    first = next(number for number, step in enumerate(rest, 1) if step.endswith(LIST))
    elements, below = _member(base, rest[:first]), rest[first:]
    element = f"c{depth}"
    if not any(step.endswith(LIST) for step in below):
        if condition:
            elements = f"list_filter({elements}, lambda {element}: {condition(element)})"
        return f"coalesce(len({elements}), 0)"
    counts = f"list_transform({elements}, lambda {element}: {_count(element, below, depth + 1, condition)})"
    return f"cast(coalesce(list_sum({counts}), 0) as bigint)"


def _member(base: str, rest: Iterable[str]) -> str:
    return ".".join([base, *(quote_name(step.removesuffix(LIST)) for step in rest)])


def _lists(path: str) -> list[str]:
    """The lists on a path, outermost first, each as its path."""
    walked = split_path(path)
    return [".".join(walked[:depth]) for depth, step in enumerate(walked, 1) if step.endswith(LIST)]


def _leads(origin: str, path: str) -> bool:
    """Whether a path begins with another."""
    start = split_path(origin)
    return split_path(path)[: len(start)] == start
