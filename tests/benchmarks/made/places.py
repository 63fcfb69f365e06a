"""Make the sites, contacts and officials of a made study."""

from __future__ import annotations

from typing import TYPE_CHECKING

from tests.benchmarks.made.dice import Made, drop_missing, make_list
from tests.benchmarks.made.words import CODES, Words

if TYPE_CHECKING:
    from tests.benchmarks.made.outline import Outline

_OPEN = ("RECRUITING", "NOT_YET_RECRUITING", "ENROLLING_BY_INVITATION")
MOST_SITES = 150


def make_contacts_and_locations(made: Outline, words: Words) -> Made | None:
    """Make the contacts of an open study, the officials, and the sites; None for a withheld study."""
    dice = words.dice
    if made.study_type is None:
        return None
    is_open = made.status in _OPEN or dice.generous
    return drop_missing(
        {
            "centralContacts": make_list(dice.whole(1, 2), lambda _: _make_contact(words, "CONTACT"))
            if is_open
            else None,
            "overallOfficials": make_list(dice.few(1.1, 0.3, 10), lambda _: _make_official(words))
            if dice.chance(0.71)
            else None,
            "locations": _make_locations(made, words, is_open=is_open) if dice.chance(0.92) else None,
        }
    )


def _make_locations(made: Outline, words: Words, *, is_open: bool) -> list[Made]:
    """Make the sites: half of the studies have one or two, one in ten has more than eleven."""
    dice = words.dice
    count = MOST_SITES if made.number == 0 else dice.few(1.9, 1.65, MOST_SITES)
    return [_make_location(words, site, is_open=is_open) for site in dice.several(words.sites, count)]


def _make_location(words: Words, site: Made, *, is_open: bool) -> Made:
    if not is_open:
        return site
    return {
        **site,
        "status": words.dice.code(CODES["site_status"]),
        "contacts": [_make_contact(words, "CONTACT"), _make_contact(words, "PRINCIPAL_INVESTIGATOR")],
    }


def _make_contact(words: Words, role: str) -> Made:
    dice = words.dice
    name = dice.one(words.people)
    return drop_missing(
        {
            "name": name,
            "role": role,
            "phone": f"+00 000 555{dice.whole(0, 9999):04}" if dice.chance(0.8) else None,
            "phoneExt": str(dice.whole(1, 999)) if dice.chance(0.08) else None,
            "email": f"{name[0].lower()}{dice.whole(1, 99999)}@example.org" if dice.chance(0.85) else None,
        }
    )


def _make_official(words: Words) -> Made:
    dice = words.dice
    return {
        "name": dice.one(words.people),
        "affiliation": dice.one(words.sponsors)["name"],
        "role": dice.code(CODES["official_role"]),
    }
