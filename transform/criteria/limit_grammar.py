"""How criteria write limits: operators, numbers, units and grades, as regular expressions for each rule.

Here are only the ways of writing. What is measured, and in which units, is in the rules.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from functools import cache
from typing import TYPE_CHECKING

from transform.rules.model import join_words

if TYPE_CHECKING:
    from transform.rules.model import Rule

GRADES = ("grade", "class")
"""Units of measures that have a few steps. A step is a number, a Roman number or a letter: A is 1."""

# Every sign is replaced by one other sign, so that positions stay as they are.
_SAME_SIGNS = {
    "≥": "≧⩾≽",
    "≤": "≦⩽≼",
    ">": "＞﹥",
    "<": "＜﹤",
    "=": "＝",
    "x": "×✕✖⨯",
    "-": "–—−‐‑‒～〜∼~",
    ",": "，",
    ":": "：",
    ";": "；。",
    "(": "（［【[",
    ")": "）］】]",
    "u": "µμ",
    "%": "％",
    "3": "³",
    "6": "⁶",
    "9": "⁹",
    " ": "\t\xa0\u2009\u200a\u202f\u3000",
}
SAME_SIGNS = {ord(sign): same for same, signs in _SAME_SIGNS.items() for sign in signs}
SAME_SIGNS |= {ord("０") + digit: str(digit) for digit in range(10)}

OPERATORS = {
    ">=": (
        r"(?:≥|â‰¥)\s*/?\s*=?|(?:>|&gt;)\s*/?\s*(?:or\s*)?=|=\s*/?\s*>|>\s*or\s+equal(?:\s+to)?"
        r"|at\s+least|(?:a\s+)?minimum(?:\s+of)?|from"
        r"|(?:no|not)\s+(?:less|lower|fewer|younger|smaller)\s+th[ae]n|not\s+(?:below|under)"
        r"|(?:greater|more|higher|larger|older)\s+(?:than\s+)?(?:or|/)\s*equal(?:\s+to)?"
        r"|(?:above|over)\s+or\s+equal(?:\s+to)?"
        r"|equal(?:\s+to)?\s+or\s+(?:greater|more|higher|larger|older|above|over)(?:\s+(?:than|to))?"
    ),
    "<=": (
        r"(?:≤|â‰¤)\s*/?\s*=?|(?:<|&lt;)\s*/?\s*(?:or\s*)?=|=\s*/?\s*<|<\s*or\s+equal(?:\s+to)?"
        r"|up\s+to|at\s+most|(?:a\s+)?maximum(?:\s+of)?"
        r"|(?:no|not)\s+(?:more|greater|higher|older|larger)\s+th[ae]n|not\s+(?:above|over|exceed(?:ing)?)"
        r"|(?:less|lower|fewer|smaller|younger)\s+(?:than\s+)?(?:or|/)\s*equal(?:\s+to)?"
        r"|(?:below|under)\s+or\s+equal(?:\s+to)?"
        r"|equal(?:\s+to)?\s+or\s+(?:less|lower|fewer|younger|smaller|below|under)(?:\s+(?:than|to))?"
    ),
    ">": r">|&gt;|(?:greater|more|higher|larger|older)\s+th[ae]n|above|over|exceed(?:s|ing)?|in\s+excess\s+of",
    "<": r"<|&lt;|(?:less|lower|fewer|smaller|younger)\s+th[ae]n|below|under",
}
"""The operators as they stand before a number. Some records have them in a wrong encoding."""

# The look at the sign before spares most of the time: a word that is an operator does not begin within a word.
_OPERATOR = rf"(?:(?=[<>≥≤=&â])|(?<![A-Za-z]))(?P<operator>{'|'.join(OPERATORS.values())})"

OPERATORS_AFTER = {
    ">=": r"\+|older|above|over|up(?:wards?)?|greater|more|higher|beyond|worse",
    "<=": r"younger|below|under|less|fewer|lower|smaller|better",
}
"""The words that make an operator after a number: `18 years or older`."""

_NUMBER = r"(?:\d{1,3}(?:,\d{3})+(?!\d)(?:\.\d+)?|\d{1,3}(?:\s000)+(?!\d)|\d+(?:[.,]\d+)?)(?![.,]?\d)"
STEP = r"(?:\d(?![.,]?\d)|(?-i:IV|I{1,3}|[A-D])\b)"
STEP_NAME = r"(?:grades?|class(?:es)?|stages?|scores?)"
# A number that is not a part of another one, of a date or of a name, and that has no operator.
_ALONE = r"(?<![\w.,/^<>≥≤=+-])(?<![<>≥≤=]\s)"
_INCLUSIVE = r"(?:\s*,?\s*\(?(?:inclusive|included)\)?)?"
ULN = "ULN"
"""The unit of a multiple of the upper limit of normal. A rule whose limits can be one lists it among its units."""

_WHOSE = r"(?:(?:the|an?|our|institution(?:al)?(?:'s)?|laboratory|local|lab)\s+)*"
_OF_NORMAL = r"(?:\s+of)?(?:\s+the)?(?:\s+\w+)?\s+(?:normal|reference\s+(?:range|interval))"
_NORMAL = rf"(?:ULN|UNL|ULRR|upper\s+(?:normal\s+(?:limits?|range)|limits?{_OF_NORMAL}))"
_ONE_NORMAL = rf"(?:of\s+)?{_WHOSE}{_NORMAL}(?:\s+(?:range|values?))?(?:\s*\(ULN\))?"
_LIMIT_OF_NORMAL = rf"(?:x|times|fold|\*)?\s*{_ONE_NORMAL}"
# `> ULN x 2` and `> ULN to 3 x ULN` have a number that belongs to it.
_NO_MULTIPLE = r"(?!\w)(?!\s*(?:[x*+-]|times|by|plus|to)\s*\d|\s*\(\s*[\d.,]+\s*(?:x|times|fold)\b)"


@dataclass(frozen=True, slots=True)
class Grammar:
    """The regular expressions that read the limits of one rule.

    Attributes:
        mention: the words of the rule.
        passed_over: what is no mention; None if there is no such text.
        limits: the forms of a limit. Their groups: `operator` (before the number), `reversed` (before the measure, as
            in `18 < age`), `after` (`or older`), `first` and `second` (the numbers or steps), `unit_1`, `unit_2`.
            `first` is empty where the upper limit of normal itself is the limit.
        unit: a unit. The group that matches, `u0`, `u1`, …, says which.
        factors: how many of the rule's unit each of them is; None for multiples of the upper limit of normal.
    """

    mention: re.Pattern[str]
    passed_over: re.Pattern[str] | None
    limits: tuple[re.Pattern[str], ...]
    unit: re.Pattern[str]
    factors: tuple[float | None, ...]


def make_grammar(rule: Rule) -> Grammar:
    """Make the grammar of a rule."""
    return _make_grammar(rule.words, rule.pass_over, rule.unit, tuple(rule.units.items()))


@cache
def _make_grammar(
    words: tuple[str, ...], pass_over: tuple[str, ...], unit: str | None, units: tuple[tuple[str, float], ...]
) -> Grammar:
    factors = dict(units) | ({unit: 1.0} if unit and unit not in GRADES else {})
    # The longest first, because `years` begins with `y`.
    names = sorted((name for name in factors if name), key=len, reverse=True)
    patterns = [_LIMIT_OF_NORMAL if name == ULN else _expand_unit(name) for name in names] or ["(?!)"]
    mention = join_words(words)
    forms = _list_step_forms(mention) if unit in GRADES else _list_forms(mention, "|".join(patterns))
    if ULN in factors:
        forms.append(rf"{_OPERATOR}\s*(?P<first>)(?P<unit_1>{_ONE_NORMAL}){_NO_MULTIPLE}")
    return Grammar(
        mention=re.compile(mention, re.IGNORECASE),
        passed_over=re.compile(join_words(pass_over), re.IGNORECASE) if pass_over else None,
        limits=tuple(re.compile(form, re.IGNORECASE) for form in forms),
        unit=re.compile("|".join(rf"(?P<u{i}>{each})(?!\w)" for i, each in enumerate(patterns)), re.IGNORECASE),
        factors=tuple(None if name == ULN else factors[name] for name in names),
    )


def _list_forms(mention: str, units: str) -> list[str]:
    """Return the forms of limits whose value is a number."""

    def unit(number: int) -> str:
        # `years of age` is a unit and a mention of the measure at once.
        return rf"(?:[\s-]*(?P<unit_{number}>(?=(?:{units})(?!\w)){mention}|(?:{units})(?!\w)(?!\s*/)))?"

    first, second = rf"(?P<first>{_NUMBER})", rf"(?P<second>{_NUMBER})"
    named = rf"(?:(?:the\s+)?{mention}\s*:?\s*(?:of\s+)?|the\s+|of\s+)?"
    between = r"(?<![A-Za-z])(?P<between>between|ranging\s+from|range\s+(?:of|from)|from)\s+"
    to = r"\s*(?:-+|to|through|until|up\s+to|(?(between)(?:and|&)|(?!)))\s*≤?\s*"
    after = "|".join(OPERATORS_AFTER.values())
    or_more = (
        rf"(?:\s*\+|,?\s*(?:\(?inclusive\)?\s*)?(?:or|and|&|/)\s*(?P<after>{after})(?!\w|\s+(?:than|or\s+equal|\d)))"
    )
    turned = rf"\s*(?P<reversed>[<>≤≥](?:\s*=)?)(?=\s*(?:the\s+)?{mention})"
    return [
        rf"(?:{between}{named})?{_ALONE}{first}{unit(1)}{_INCLUSIVE}{to}{second}{unit(2)}{_INCLUSIVE}",
        rf"{_OPERATOR}\s*{named}{first}{unit(1)}(?!\s*(?:-|to)\s*\d){or_more}?",
        rf"{_ALONE}{first}(?P<plus>\s*\+)?{unit(1)}(?(plus)|(?:{or_more}|{turned}))",
    ]


def _list_step_forms(mention: str) -> list[str]:
    """Return the forms of limits whose value is a grade or a class."""
    first, second = rf"(?P<first>{STEP})", rf"(?P<second>{STEP})"
    operator = rf"(?:{_OPERATOR}\s*)?"
    after = rf"(?:\s*(?P<plus>\+)|,?\s*(?:or|and|/)\s*(?P<after>{'|'.join(OPERATORS_AFTER.values())})(?!\w))?"
    several = rf"(?:\s*(?:-|to|or|and|and/or|/|,|,\s*or|,\s*and)\s*(?:{STEP_NAME}\s*)?{second}(?!\w))*"
    steps = rf"{first}(?!\w){several}{after}"
    return [
        rf"{_OPERATOR}\s*{mention}\s*(?:{STEP_NAME}\s*)?{steps}",
        rf"{operator}{STEP_NAME}\s*{steps}\s+{mention}",
        rf"{operator}(?:{STEP_NAME}\s*)?(?<!\w){steps}",
    ]


def _expand_unit(unit: str) -> str:
    """Return the regular expression of a unit: `10^9/L` is also x 10(9)/L, *10E9 / l and 109 per litre."""
    power = re.fullmatch(r"10\^(\d+)(/.*)", unit)
    if power:
        return rf"(?:(?:[x*]|Ã—|times)\s*)?10\s*(?:\^|\*\*?|E)?\s*\(?{power[1]}\)?\s*{_expand_unit(power[2])}"
    signs = {"/": r"\s*(?:/|\bper\b)\s*", "u": "(?:u|mc|micro)", "L": "(?:lit(?:er|re)s?|L)", " ": r"\s*"}
    signs |= {digit: rf"\s*\^?\s*\(?{digit}\)?" for digit in "0123456789"}
    expanded = "".join(signs.get(sign, re.escape(sign)) for sign in unit)
    return rf"(?:cells?|platelets?)?{expanded}" if unit.startswith("/") else expanded
