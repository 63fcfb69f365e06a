"""The registry's field tree: every leaf of a study record, with its type and its code list.

`fields.tsv` holds the leaves in the registry's order, as its metadata (`/studies/metadata`) lists them. There, a point
on the map is one leaf of its own type. Here it is the two leaves that a record has: `lat` and `lon`.
"""

from __future__ import annotations

import csv
from dataclasses import dataclass
from functools import cache
from importlib.resources import files


@dataclass(frozen=True, slots=True)
class Field:
    """One leaf of a study record.

    Attributes:
        path: the steps from the record's root, joined by `.`, with `[]` after each step that is a list, as in
            `protocolSection.armsInterventionsModule.interventions[].otherNames[]`.
        type: the registry's type of one value (`text`, `markup`, `PartialDate`, ...), or `code` if the values come
            from a code list.
        codes: the code list's name; None if the type is not `code`.
    """

    path: str
    type: str
    codes: str | None


@cache
def load_fields() -> tuple[Field, ...]:
    """Return every leaf, in the registry's order."""
    lines = (files("transform") / "fields.tsv").read_text(encoding="utf-8").splitlines()
    rows = csv.DictReader(lines, dialect="excel-tab")
    return tuple(Field(row["path"], row["type"], row["codes"] or None) for row in rows)


@cache
def map_code_lists() -> dict[str, str]:
    """Return the name of the code list of each coded field, by the field's path."""
    return {field.path: field.codes for field in load_fields() if field.codes}
