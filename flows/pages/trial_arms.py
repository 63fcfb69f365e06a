"""The arms of a trial, and what is given or done in them."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from flows.pages.trial_blocks import Part, count_words, flatten_markup, join_lines, make_cell, make_note, make_table

if TYPE_CHECKING:
    from flows.pages.trial_blocks import Cell, Table

    Row = dict[str, Any]

_DERIVED = "Role and class are read from the record's words by rules."


def make_arms_part(arms: list[Row], interventions: list[Row]) -> Part:
    """Make the part with the arms of a trial, or the groups of a study without arms, and the interventions."""
    # Only the arms of interventional trials have a type.
    noun = "arm" if any(row["type_label"] for row in arms) else "group"
    counted = [(arms, noun), (interventions, "intervention")]
    brief = ", ".join(count_words(len(rows), name) for rows, name in counted if rows)
    titles = [f"{noun}s" if arms else "", "interventions" if interventions else ""]
    title = " and ".join(filter(None, titles)).capitalize()

    def make_blocks() -> list[Table]:
        tables = [_tabulate_arms(arms, interventions, noun)] if arms else []
        return [*tables, _tabulate_interventions(interventions)] if interventions else tables

    return Part("arms", title, brief, make_blocks)


def _tabulate_arms(arms: list[Row], interventions: list[Row], noun: str) -> Table:
    rows = []
    for arm in arms:
        used = [join_lines(each["name"]) for each in interventions if arm["title"] in (each["arms"] or ())]
        name = make_cell(arm["title"], make_note(flatten_markup(arm["description"])))
        rows.append((name, make_cell(arm["type_label"]), make_cell("; ".join(used))))
    return make_table((noun.capitalize(), "Type", "Interventions"), rows, f"{noun.capitalize()}s")


def _tabulate_interventions(interventions: list[Row]) -> Table:
    has_derived = any(row["role"] or row["intervention_class"] for row in interventions)
    head = ("Intervention", "Type", "Role", "Class")
    return make_table(head, list(map(_make_row, interventions)), "Interventions", _DERIVED if has_derived else "")


def _make_row(row: Row) -> tuple[Cell, ...]:
    others = "; ".join(map(join_lines, row["other_names"] or ()))
    name = make_cell(
        row["name"], make_note(f"Also: {others}") if others else None, make_note(flatten_markup(row["description"]))
    )
    return (
        name,
        make_cell(row["type_label"]),
        *(make_cell(_capitalise(row[key])) for key in ("role", "intervention_class")),
    )


def _capitalise(text: str | None) -> str:
    """Return a text with a capital at its start; an abbreviation within it stays."""
    return (text or "")[:1].upper() + (text or "")[1:]
