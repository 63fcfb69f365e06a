"""The sites of a trial by country, each with its status and whom to ask."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from flows.pages.trial_blocks import (
    Facts,
    Part,
    Words,
    count_words,
    join_lines,
    make_cell,
    make_email,
    make_note,
    make_table,
)

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from flows.pages.trial_blocks import Block, Cell

    Row = dict[str, Any]

_OPEN = {"RECRUITING", "ENROLLING_BY_INVITATION", "AVAILABLE"}
"""Statuses of a site that takes in people."""

_NO_COUNTRY = "Country not given"


def make_sites_part(details: Mapping[str, Any]) -> Part:
    """Make the part with the sites: whom to ask about the whole trial, and below that the sites of each country."""
    sites, contacts, removed = details["sites"], details["contacts"], details["removed_countries"]
    counts = []
    if sites:
        countries = {site["country"] for site in sites if site["country"]}
        where = f" in {next(iter(countries))}" if len(countries) == 1 else f" in {len(countries)} countries"
        counts.append(count_words(len(sites), "site") + (where if countries else ""))
    taking_in = sum(site["status"] in _OPEN for site in sites)
    if taking_in:
        counts.append(f"{taking_in:,} recruiting")
    if contacts:
        counts.append(count_words(len(contacts), "central contact"))
    if removed and not sites:
        counts.append("all sites were withdrawn")
    return Part("sites", "Sites and contacts", ", ".join(counts), lambda: _list_blocks(sites, contacts, removed))


def _list_blocks(sites: list[Row], contacts: list[Row], removed: list[Row]) -> list[Block]:
    facts = []
    if contacts:
        people = tuple(words for contact in contacts for words in _name_contact(contact))
        facts.append(("Ask about the trial", people))
    if removed:
        facts.append(("No longer in", make_cell("; ".join(join_lines(row["name"]) for row in removed))))
    blocks: list[Block] = [Facts(tuple(facts))] if facts else []
    countries = sorted({join_lines(site["country"]) or _NO_COUNTRY for site in sites}, key=_put_unknown_last)
    for country in countries:
        inside = [site for site in sites if (join_lines(site["country"]) or _NO_COUNTRY) == country]
        # Sites that take in people come first; else the order is the record's.
        inside.sort(key=lambda site: site["status"] not in _OPEN)
        heading = f"{country} ({len(inside):,})" if len(inside) > 1 else country
        blocks.append(make_table(("Site", "Status", "Contact"), list(map(_make_row, inside)), heading))
    return blocks


def _put_unknown_last(country: str) -> tuple[bool, str]:
    return country == _NO_COUNTRY, country


def _make_row(site: Row) -> tuple[Cell, ...]:
    town = ", ".join(filter(None, map(join_lines, (site["city"], site["state"], site["zip"]))))
    name = join_lines(site["name"])
    place = make_cell(name, make_note(town)) if name else make_cell(town or "Name not given")
    investigators = [row for row in site["contacts"] if row["role"] not in (None, "CONTACT")]
    people = [row for row in site["contacts"] if row not in investigators]
    asked = tuple(words for person in people for words in _name_contact(person))
    named = tuple(words for person in investigators for words in _name_investigator(person))
    return place, make_cell(Words(join_lines(site["status_label"]), kind="status")), (*asked, *named)


def _name_contact(contact: Row) -> Iterable[Words]:
    phone = join_lines(contact["phone"])
    extension = join_lines(contact["phone_extension"])
    if phone and extension:
        phone += f", ext. {extension}"
    name = ", ".join(filter(None, [join_lines(contact["name"]), phone]))
    return make_cell(name, make_email(contact["email"]))


def _name_investigator(person: Row) -> Iterable[Words]:
    return make_cell(make_note(f"{join_lines(person['role_label'])}: {join_lines(person['name'])}"))
