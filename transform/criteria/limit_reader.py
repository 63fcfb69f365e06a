"""Read the limits of one line: the measure, the operator, the value and the unit, where it says them plainly.

A limit is read only if nothing but words such as `score of` stands between the measure and the limit. What the line
says of somebody else, of some of the participants, of another time, or with a negation, is not read: a limit that is
missing does less harm than a wrong one.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from transform.criteria.limit_context import is_barred_after, is_barred_before, is_connection, is_filler
from transform.criteria.limit_grammar import SAME_SIGNS, make_grammar
from transform.criteria.limit_values import is_plausible, read_values
from transform.rules.model import HIDDEN

if TYPE_CHECKING:
    import re
    from collections.abc import Iterator, Sequence

    from transform.criteria.limit_grammar import Grammar
    from transform.criteria.limit_values import Bound, Unit
    from transform.rules.model import Rule

_REACH = 200


@dataclass(frozen=True, slots=True)
class Limit:
    """One limit of a line; the names are those of the table's columns, `start` and `end` are its place in the line."""

    start: int
    end: int
    measure: str
    operator: str
    value: float
    high_value: float | None
    unit_place: tuple[int, int] | None
    unit: str | None
    value_in_unit: float | None
    high_value_in_unit: float | None
    limit_rule: str

    def list_values(self, line: str) -> tuple[object, ...]:
        """Return the values of the table's columns, from `measure` to `limit_rule`."""
        return (
            self.measure,
            self.operator,
            self.value,
            self.high_value,
            line[slice(*self.unit_place)] if self.unit_place else None,
            self.unit,
            self.value_in_unit,
            self.high_value_in_unit,
            line[self.start : self.end],
            self.limit_rule,
        )


def find_limits(line: str, rules: Sequence[Rule]) -> list[Limit]:
    """Return the limits in a line, in their order. Of pieces that overlap, that of the first rule counts."""
    # The registry escapes signs with backslashes. Without them, positions move.
    clean, places = _unescape(line)
    taken: list[tuple[int, int]] = []
    kept: list[Limit] = []
    for rule in rules:
        for (start, end), limits in list(_find_limits_of(clean, rule)):
            if all(end <= other_start or other_end <= start for other_start, other_end in taken):
                taken.append((start, end))
                kept.extend(limits)
    kept.sort(key=lambda limit: limit.start)
    return [_move(limit, places) for limit in kept]


def _find_limits_of(line: str, rule: Rule) -> Iterator[tuple[tuple[int, int], list[Limit]]]:
    """Yield the pieces of a line that speak of a measure, each with its limits.

    A piece whose limit does not count for everybody has none.
    """
    grammar = make_grammar(rule)
    if grammar.passed_over:
        line = grammar.passed_over.sub(lambda found: HIDDEN * len(found[0]), line)
    mentions = [found.span() for found in grammar.mention.finditer(line)]
    last: Limit | None = None
    alone: list[Limit] = []
    for form in _find_forms(line, grammar, mentions) if mentions else ():
        start = _find_mention(line, mentions, form)
        at = form.start() if start is None else start
        is_barred = is_barred_after(line, form.end()) or (start is not None and is_barred_before(line[:start]))
        limits = [] if is_barred else _read_form(form, at, rule, grammar)
        if start is None:
            # `18 years or older and under 65`: the second limit has no measure of its own.
            if last and limits and _goes_on(limits[0], last, line):
                yield form.span(), limits
                last = limits[-1]
            else:
                last, alone = None, limits
            continue
        # `>= 18 and <= 75 years of age`: the first limit comes before the measure.
        if limits and alone and at == form.start() and _goes_on(limits[0], alone[-1], line):
            is_barred = is_barred_before(line[: alone[0].start])
            limits = [] if is_barred else limits
            yield (alone[0].start, alone[-1].end), [] if is_barred else alone
        if limits or is_barred:
            yield (at, form.end()), limits
        last, alone = (limits[-1] if limits else None), []


def _find_forms(line: str, grammar: Grammar, mentions: Sequence[tuple[int, int]]) -> Iterator[re.Match[str]]:
    """Yield what looks like a limit, from the left. Of two that overlap it is the first, then the longer."""
    # A long line is not searched far from the measure.
    near = max(0, mentions[0][0] - _REACH), mentions[-1][1] + _REACH
    forms = [form for pattern in grammar.limits for form in pattern.finditer(line, *near)]
    end = 0
    for form in sorted(forms, key=lambda form: (form.start(), -form.end())):
        if form.start() >= end:
            yield form
            end = form.end()


def _find_mention(line: str, mentions: Sequence[tuple[int, int]], form: re.Match[str]) -> int | None:
    """Return where the mention starts that a limit belongs to, or where the limit does if that is earlier."""
    start, end = form.span()
    if form.groupdict().get("reversed"):
        return start
    for mention_start, mention_end in reversed(mentions):
        if mention_start < end and start < mention_end:
            return min(start, mention_start)
        if mention_end <= start:
            gap = line[mention_end:start]
            return mention_start if is_filler(gap) else None
    return None


def _goes_on(limit: Limit, last: Limit, line: str) -> bool:
    """Return whether two limits with one measure belong together.

    They do if nothing but `and`, `or` or `to` is between them, and the second is the other end (`> 18 and < 65`),
    another range, or the same bound in another unit (`> 5 mg/dL or > 85 umol/L`). `> 18 years, > 6 months after
    surgery` is two matters.
    """
    if not is_connection(line[last.end : limit.start]):
        return False
    kinds = {limit.operator, last.operator}
    if kinds == {"between"}:
        return limit.unit == last.unit
    if "between" in kinds or "=" in kinds:
        return False
    if limit.operator[0] != last.operator[0]:
        return limit.unit == last.unit
    units = {line[slice(*each.unit_place)] if each.unit_place else "" for each in (limit, last)}
    return len(units) == 2 and "" not in units


def _read_form(form: re.Match[str], start: int, rule: Rule, grammar: Grammar) -> list[Limit]:
    """Return the limits of a form: none if one of its values is not plausible."""
    limits = [
        _make_limit(start, form.end(), bound, unit, rule) for bound, unit in read_values(form, start, rule, grammar)
    ]
    return [limit for limit in limits if limit] if all(limits) else []


def _make_limit(start: int, end: int, bound: Bound, unit: Unit, rule: Rule) -> Limit | None:
    """Return a limit, or None if its value is not plausible."""
    value = high = None
    if unit.factor is not None:
        value = round(bound.value * unit.factor, 6)
        high = None if bound.high is None else round(bound.high * unit.factor, 6)
    if not all(each is None or is_plausible(each, rule) for each in (value, high)):
        return None
    if bound.high is not None and bound.high <= bound.value:
        return None
    return Limit(
        start=start,
        end=end,
        measure=rule.value,
        operator=bound.operator,
        value=bound.value,
        high_value=bound.high,
        unit_place=unit.place,
        unit=unit.unit,
        value_in_unit=value,
        high_value_in_unit=high,
        limit_rule=rule.name,
    )


def _unescape(line: str) -> tuple[str, Sequence[int]]:
    r"""Return the line with usual signs and without the registry's backslashes, and where each character stood."""
    places = [at for at, sign in enumerate(line) if sign != "\\"] if "\\" in line else range(len(line))
    return line.replace("\\", "").translate(SAME_SIGNS), places


def _move(limit: Limit, places: Sequence[int]) -> Limit:
    """Return the limit with the places that it has in the line as written."""
    place = limit.unit_place

    def move(start: int, end: int) -> tuple[int, int]:
        return places[start], places[end - 1] + 1

    start, end = move(limit.start, limit.end)
    return replace(limit, start=start, end=end, unit_place=move(*place) if place else None)
