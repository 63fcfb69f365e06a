"""Headings in the eligibility text: which of its lines are headings, and whether criteria for or against follow."""

from __future__ import annotations

import re
from dataclasses import dataclass, replace

INCLUSION = "inclusion"
EXCLUSION = "exclusion"
LONGEST_HEADING = 160

CANDIDATE = r"(?i)clusion|clude|eligib|enrol"
"""RE2: a line that `read_heading` has to look at. No other line starts a section."""

_WORDS = r"(?:inclusions?|exclusions?|exlusions?|non[-\s]?inclusions?|eligibility)"
_SECTION = re.compile(
    rf"""
    (?: list \s+ of \s+ | \d+ (?=[A-Z]) )?
    (?P<before> (?: [^\s.;:,()]+ \s+ ){{0,5}}? )         # Key, Patient, Additional, III.6
    (?P<word> {_WORDS} (?: \s* (?:/|and|&) \s* {_WORDS} )? | included? | excluded? )
    (?P<criteria> \s+ (?:crit|cret)\w+ )?
    """,
    re.IGNORECASE | re.VERBOSE,
)
_CRITERIA_FOR = re.compile(r"criteria\s+(?:for|of)\s+(?P<word>inclusion|exclusion)\b", re.IGNORECASE)
# Words before `criteria` that make a line a criterion of its own: `Meets all inclusion criteria`.
_STATEMENT = re.compile(r"\b(?:meet\w*|met|fulfil\w*|satisf\w*|any|no|not|same|at|of|is|are|who|with)\b", re.IGNORECASE)
# Words that can stand before `Inclusion` alone, because `Pregnancy at inclusion` is not a heading.
_KINDS = re.compile(
    r"(?:(?:the|key|main|major|specific|other|additional|patients?|subjects?|donors?)\s+)*", re.IGNORECASE
)
_PLAIN = re.compile(r"(?:(?:the|key|main|major|general|study|subjects?)\s+)*", re.IGNORECASE)
_GOES_ON = re.compile(r"\s*(?:[(\[–-]|(?:for|of|in|by|related|specific|applicable|only)\b)", re.IGNORECASE)
_END = re.compile(r"(?:\s+(?:are|is|includes?|as\s+follows))?[\s:：.*_–-]*", re.IGNORECASE)
# `Part A: Exclusion Criteria`, `III.6 EXCLUSION CRITERIA`.
_AT_THE_END = re.compile(r"\b(?P<word>non[-\s]?inclusion|inclusion|exclusion)\s+criteria[\s:：]*$", re.IGNORECASE)
# A sentence with a bullet that says nothing else than that all or any of the criteria below have to be met.
_CRITERIA_BELOW = re.compile(r"\b(?:following|these|inclusion|exclusion)\b.*\bcriteria\b", re.IGNORECASE)
# A sentence with a bullet that says more than that is a criterion.
_SAYS_MORE = re.compile(r"\b(?:with|provided|unless|except|enrolled\s+in|in\s+addition|prior|history)\b", re.IGNORECASE)
_SAYS_WHO = re.compile(r"\b(?:criteria|following|must|if)\b", re.IGNORECASE)
_AGAINST = re.compile(
    r"\b(?:non[-\s]?inclusion|exclu(?:sion|ded?)|ineligible|precluded"
    r"|not\s+(?:be\s+)?(?:\w+\s+)?(?:eligible|enroll?ed|included|participate|qualify))\b",
    re.IGNORECASE,
)
_FOR = re.compile(r"\b(?:inclusion|included?|eligible|enroll?ed|participate)\b", re.IGNORECASE)
_FEWEST_WORDS_OF_A_SENTENCE = 5
_MOST_WORDS_OF_A_HEADING = 12


@dataclass(frozen=True, slots=True)
class Heading:
    """A heading of the eligibility text.

    Attributes:
        starts: `inclusion`, `exclusion`, or None if it does not say which of them follows.
        name: what it says beyond `Inclusion Criteria`; None if that is all it says.
        rest: where the line goes on with a criterion; None if the line is only a heading.
        is_section: whether it starts a section. Otherwise it leaves the section as it is.
    """

    starts: str | None
    name: str | None = None
    rest: int | None = None
    is_section: bool = True


def read_heading(line: str, *, has_bullet: bool) -> Heading | None:
    """Return the heading that a line is or starts with, or None if the line is only a criterion.

    Args:
        line: the line without its bullet.
        has_bullet: whether it has one. A sentence with a bullet starts no section: it speaks for the lines below it.
    """
    text = line.strip()
    section = _SECTION.match(text)
    if section:
        heading = _read_section(text, section, has_bullet=has_bullet)
        if heading:
            return heading
    count = len(text.split())
    other = _CRITERIA_FOR.search(text)
    if other and count <= _FEWEST_WORDS_OF_A_SENTENCE:
        return Heading(other["word"].lower())
    last = _AT_THE_END.search(text)
    if last and count <= _MOST_WORDS_OF_A_HEADING and not _STATEMENT.search(text):
        return Heading(_find_type(last["word"]), _name(text))
    return _read_sentence(text, has_bullet=has_bullet)


def _read_section(text: str, section: re.Match[str], *, has_bullet: bool) -> Heading | None:
    """Read `Key Inclusion Criteria:`, `Exclusion: pregnancy` and the like."""
    before, tail, has_criteria = section["before"], text[section.end() :], section["criteria"] is not None
    # `Meets all inclusion criteria` is a criterion, and so is `Pregnancy at inclusion`.
    is_statement = bool(_STATEMENT.search(before)) or not (has_criteria or _KINDS.fullmatch(before))
    if is_statement or (has_bullet and not has_criteria):
        return None
    heading = Heading(_find_type(section["word"]))
    has_name = not _PLAIN.fullmatch(before)
    ends_with_colon = text.endswith((":", "："))
    if _END.fullmatch(tail):
        return replace(heading, name=_name(text)) if has_name else heading
    if ends_with_colon or (_GOES_ON.match(tail) and len(text.split()) <= _MOST_WORDS_OF_A_HEADING):
        return replace(heading, name=_name(text))
    if tail.lstrip().startswith((":", "：")):
        return replace(heading, rest=len(text) - len(tail.lstrip(" :：*_")))
    return replace(heading, rest=0) if has_criteria and not before and not has_bullet else None


def _read_sentence(text: str, *, has_bullet: bool) -> Heading | None:
    """Read `Patients who meet any of these criteria are excluded:`."""
    is_short = len(text) <= LONGEST_HEADING
    if not text.endswith((":", "：")) or not is_short or len(text.split()) < _FEWEST_WORDS_OF_A_SENTENCE:
        return None
    says_against = bool(_AGAINST.search(text))
    if not _SAYS_WHO.search(text) or not (says_against or _FOR.search(text)):
        return None
    if has_bullet:
        is_empty = _CRITERIA_BELOW.search(text) and not _SAYS_MORE.search(text)
        return Heading(None, is_section=False) if is_empty else None
    # `Patients of 18 years and older are eligible if they have:` is a criterion too.
    says_number = any(sign.isdigit() for sign in text)
    return Heading(EXCLUSION if says_against else INCLUSION, rest=0 if says_number else None)


def _find_type(word: str) -> str | None:
    """Return the type that a heading's word names; None for `eligibility` and for both at once."""
    lower = word.lower()
    is_against = "exclu" in lower or "exlu" in lower or lower.startswith("non")
    is_for = bool(re.search(r"(?<!non)(?<!non[-\s])inclu", lower))
    if is_against == is_for:
        return None
    return EXCLUSION if is_against else INCLUSION


def _name(text: str) -> str:
    return text.rstrip(" \t:：*_-–")
