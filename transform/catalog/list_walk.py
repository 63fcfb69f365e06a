"""The way from a record down to the rows of one source: one `unnest` per list, with each row's ordinal in the trial.

The ordinal is counted from the record itself: the elements in the lists before the row's own, and its number in its
own list. Nothing is sorted for it, and the same row has the same ordinal in every run.
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
        query: its columns are nct_id and those that the expressions read.
        value: makes the SQL of the value of an absolute path.
        ordinal: makes, for the path of a list, the SQL for the number, from 1 within the trial, of the list element
            that contains the row.
        position: the SQL of the row's number in its own list; `1` if it is in none.
        before: the SQL for the number of the trial's rows from earlier sources.
    """

    query: str
    value: Callable[[str], str]
    ordinal: Callable[[str], str]
    position: str
    before: str


def walk_to_rows(
    path: str,
    values: Iterable[str],
    containers: Iterable[str],
    before: Sequence[str],
    condition: Condition | None = None,
) -> Walk:
    """Walk from the staged records to the elements of a path.

    Args:
        path: the path of the rows; empty for one row per record.
        values: the absolute paths whose values the rows take.
        containers: paths of lists on the way; the ordinals of their elements are wanted.
        before: paths of sources whose rows come before these.
        condition: makes, from the SQL name of an element of the innermost list, the condition that the element is a
            row. The other elements are not counted in ordinals.
    """
    lists = _split_lists(path)
    # The level of a value is the number of lists that it lies in. A value of an outer level must be carried inwards,
    # as a column of each subquery.
    level = {value: sum(_is_on_way(origin, value) for origin in lists) for value in values}
    carried = {value: f"value{number}" for number, value in enumerate(level) if level[value] < len(lists)}
    totals = _make_totals(lists, dict.fromkeys([*containers, *lists[-1:]]), condition)
    earlier = " + ".join(
        ["0", *(make_element_count(source, quote_name(get_module(source)), get_module(source)) for source in before)]
    )
    # Each list becomes one subquery: it unnests the list, and keeps what the inner levels need.
    query, element, kept = "staged_records", "", ["nct_id"]
    for depth, list_path in enumerate(lists, 1):
        above = lists[depth - 2] if depth > 1 else ""
        elements = _make_path_value(list_path, above, element)
        if condition and list_path == lists[-1]:
            elements = f"list_filter({elements}, lambda e: {condition('e')})"
        taken = {
            alias: _make_path_value(value, above, element)
            for value, alias in carried.items()
            if level[value] == depth - 1
        }
        taken |= {"before": earlier} if depth == 1 else {}
        taken |= {
            total.alias: f"list_transform({elements}, lambda e: {total.below})"
            for (_, outer), total in totals.items()
            if outer == list_path
        }
        taken |= {f"ordinal{depth}": f"generate_subscripts({elements}, 1)"}
        columns = [*kept, *(f"{sql} as {alias}" for alias, sql in taken.items()), f"unnest({elements}) as row{depth}"]
        query, element = f"(select {', '.join(columns)} from {query})", f"row{depth}"
        kept += taken

    def make_value(wanted: str) -> str:
        return carried[wanted] if wanted in carried else _make_path_value(wanted, lists[-1] if lists else "", element)

    def make_ordinal(target: str) -> str:
        depth = _split_lists(target).index(target) + 1
        passed = (
            f"cast(coalesce(list_sum({totals[target, outer].alias}[:ordinal{above} - 1]), 0) as bigint)"
            for above, outer in enumerate(lists[: depth - 1], 1)
        )
        return " + ".join([*passed, f"ordinal{depth}"])

    return Walk(
        query, make_value, make_ordinal, f"ordinal{len(lists)}" if lists else "1", "before" if lists else earlier
    )


def get_module(path: str) -> str:
    """Return the column of `staged_records` with a path: its section and module, or the list or leaf before it."""
    first, *others = split_path(path)
    return f"{first}.{others[0]}" if others and not first.endswith(LIST) else first


def _make_path_value(path: str, above: str, element: str) -> str:
    """Make the SQL of a path's value, in the element of a list that contains it, else in its module."""
    return make_expression(path, {above: element} if above else {get_module(path): quote_name(get_module(path))})


@dataclass(frozen=True, slots=True)
class _Total:
    """The number of elements of a target in each element of a list on the way to it.

    Attributes:
        alias: the name of the column: a list of numbers, one per element of the list.
        below: the SQL of one of these numbers, for the element `e`.
    """

    alias: str
    below: str


def _make_totals(
    lists: Sequence[str], targets: Iterable[str], condition: Condition | None
) -> dict[tuple[str, str], _Total]:
    """Make the totals that ordinals are made of, by target and by the list whose elements are counted."""
    totals = {}
    for number, target in enumerate(targets):
        # The condition holds for the rows' own elements, and not for the elements that contain them.
        target_condition = condition if target == lists[-1] else None
        for depth, outer in enumerate(lists, 1):
            if outer != target and _is_on_way(outer, target):
                count = make_element_count(target, "e", outer, target_condition)
                totals[target, outer] = _Total(f"total{number}_{depth}", count)
    return totals


def make_element_count(path: str, base: str, origin: str, condition: Condition | None = None) -> str:
    """Make the SQL that counts the elements of a path, in a module of a record or in an element of a list on the way.

    Args:
        path: the absolute path; an object counts as one element if the record has it.
        base: the SQL name of the module or the list element.
        origin: the absolute path of that module or list.
        condition: which elements of the innermost list count, as in `walk_to_rows`.
    """
    steps = split_path(path)[len(split_path(origin)) :]
    if not any(step.endswith(LIST) for step in steps):
        return f"cast({_make_member(base, steps)} is not null as bigint)"
    return _make_count(base, steps, 1, condition)


def _make_count(base: str, steps: Steps, depth: int, condition: Condition | None) -> str:
    first = next(number for number, step in enumerate(steps, 1) if step.endswith(LIST))
    elements, below = _make_member(base, steps[:first]), steps[first:]
    element = f"c{depth}"
    if not any(step.endswith(LIST) for step in below):
        if condition:
            elements = f"list_filter({elements}, lambda {element}: {condition(element)})"
        return f"coalesce(len({elements}), 0)"
    counts = f"list_transform({elements}, lambda {element}: {_make_count(element, below, depth + 1, condition)})"
    return f"cast(coalesce(list_sum({counts}), 0) as bigint)"


def _make_member(base: str, steps: Iterable[str]) -> str:
    return ".".join([base, *(quote_name(step.removesuffix(LIST)) for step in steps)])


def _split_lists(path: str) -> list[str]:
    """Return the paths of the lists on a path, the outermost first."""
    walked = split_path(path)
    return [".".join(walked[:depth]) for depth, step in enumerate(walked, 1) if step.endswith(LIST)]


def _is_on_way(origin: str, path: str) -> bool:
    """Return whether a path begins with another."""
    start = split_path(origin)
    return split_path(path)[: len(start)] == start
