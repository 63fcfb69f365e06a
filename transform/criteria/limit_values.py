"""The values of a limit: numbers, grades, operators and units, from the form that a grammar has found."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import TYPE_CHECKING

from transform.criteria.limit_context import ends_plainly
from transform.criteria.limit_grammar import GRADES, OPERATORS, OPERATORS_AFTER, STEP, STEP_NAME, ULN

if TYPE_CHECKING:
    from collections.abc import Sequence

    from transform.criteria.limit_grammar import Grammar
    from transform.rules.model import Rule

_REVERSED = {">": "<", ">=": "<=", "<": ">", "<=": ">="}
_STEPS = {"I": 1, "II": 2, "III": 3, "IV": 4, "A": 1, "B": 2, "C": 3, "D": 4}


@dataclass(frozen=True, slots=True)
class Bound:
    """An operator, its value and, for `between`, the higher one, as written."""

    operator: str
    value: float
    high: float | None = None


@dataclass(frozen=True, slots=True)
class Unit:
    """A unit.

    Attributes:
        place: where it is written; None if it is not.
        unit: the unit that values are converted to; None if that is not known, or if the measure has none.
        factor: how many of `unit` one of this unit is; None if that is not known.
    """

    place: tuple[int, int] | None
    unit: str | None
    factor: float | None


def read_values(form: re.Match[str], start: int, rule: Rule, grammar: Grammar) -> list[tuple[Bound, Unit]]:
    """Return the bounds that a form says, each with its unit.

    Args:
        form: a match of one of the grammar's forms.
        start: where the measure or the form starts, whichever is first.
        rule: the rule of the measure.
        grammar: its grammar.

    Returns:
        None at all if the form cannot be read with certainty, two if a range has two units.
    """
    if rule.unit in GRADES:
        return [(bound, Unit(None, rule.unit, 1.0)) for bound in _read_steps(form, start, grammar)]
    parts = form.groupdict()
    has_unit = parts["unit_2"] if parts.get("second") else parts["unit_1"]
    if not has_unit and not parts.get("reversed") and not ends_plainly(form.string, form.end()):
        return []
    return _read_numbers(form, rule, grammar)


def is_plausible(value: float, rule: Rule) -> bool:
    """Return whether a limit of the measure can have this value, in the rule's unit."""
    low, high = rule.minimum, rule.maximum
    return (low is None or low <= value) and (high is None or value <= high)


def _read_numbers(form: re.Match[str], rule: Rule, grammar: Grammar) -> list[tuple[Bound, Unit]]:
    parts = form.groupdict()
    # `> ULN` is above once the upper limit of normal.
    value = _read_number(form["first"]) if form["first"] else 1.0
    if not parts.get("second"):
        unit = _read_unit(form, "unit_1", [value], rule, grammar)
        return [(Bound(_find_operator(parts), value), unit)] if unit else []
    high = _read_number(form["second"])
    # `18 to 75 years` has one unit for both.
    first = _read_unit(form, "unit_1" if form["unit_1"] else "unit_2", [value, high], rule, grammar)
    second = _read_unit(form, "unit_2" if form["unit_2"] else "unit_1", [value, high], rule, grammar)
    if not first or not second:
        return []
    if first.factor == second.factor and first.unit == second.unit:
        return [(Bound("between", value, high), second)]
    return [(Bound(">=", value), first), (Bound("<=", high), second)]


def _read_unit(form: re.Match[str], group: str, values: Sequence[float], rule: Rule, grammar: Grammar) -> Unit | None:
    """Return the unit. Where none is written, it is the one that the rule names for this, or the only plausible one.

    None if no unit makes the values plausible, or if the rule has one unit and it is not written.
    """
    found = grammar.unit.match(form.string, *form.span(group)) if form[group] else None
    if found:
        factor = grammar.factors[int(str(found.lastgroup)[1:])]
        return Unit(found.span(), ULN if factor is None else rule.unit, factor)
    if rule.unit is None:
        return Unit(None, None, 1.0)
    if "" in rule.units:
        return Unit(None, rule.unit, rule.units[""])
    factors = {factor for factor in grammar.factors if factor is not None}
    plausible = [factor for factor in factors if all(is_plausible(value * factor, rule) for value in values)]
    if len(factors) == 1 or not plausible:
        return None
    return Unit(None, rule.unit, plausible[0]) if len(plausible) == 1 else Unit(None, None, None)


def _read_steps(form: re.Match[str], start: int, grammar: Grammar) -> list[Bound]:
    """Read grades and classes. A lone number counts only with a word such as `grade`, or right behind the measure."""
    parts, line = form.groupdict(), form.string
    first, last = _read_step(parts["first"]), _read_step(parts["second"] or parts["first"])
    operator = _find_operator(parts) if parts["operator"] or parts["after"] or parts["plus"] else None
    is_named = re.search(STEP_NAME, line[start : form.end()], re.IGNORECASE)
    is_number = parts["first"].isdigit()
    if is_number and not is_named:
        is_behind = grammar.mention.fullmatch(line[start : form.start()].rstrip(" -"))
        if not is_behind or not ends_plainly(line, form.end()):
            return []
    if not parts["second"]:
        return [Bound(operator or "=", first)]
    steps = re.findall(STEP, line[form.start("first") : form.end("second")])
    is_range = len(steps) == 2 and re.search(r"-|\bto\b", line[form.end("first") : form.start("second")])
    if operator or last <= first or not (is_range or len(steps) == last - first + 1):
        return []
    return [Bound("between", first, last)]


def _find_operator(parts: dict[str, str | None]) -> str:
    """Return the operator, from the words before the number, from those behind it, or turned round."""
    before, after, turned = parts.get("operator"), parts.get("after"), parts.get("reversed")
    if turned:
        return _REVERSED[_look_up(turned, OPERATORS)]
    if before:
        return _look_up(before, OPERATORS)
    return _look_up(after, OPERATORS_AFTER) if after else ">="


def _look_up(words: str, operators: dict[str, str]) -> str:
    return next(sign for sign, form in operators.items() if re.fullmatch(form, words, re.IGNORECASE))


def _read_number(text: str) -> float:
    """Read `1,500`, `50 000`, `1.5` and `1,5`: three digits behind a comma are thousands."""
    digits = re.sub(r"[\s,](?=\d{3}(?!\d))", "", text)
    return float(digits.replace(",", "."))


def _read_step(text: str) -> float:
    return float(text) if text.isdigit() else float(_STEPS[text])
