"""The registry's field tree: every leaf of a study record, with its type and its code list.

`fields.tsv` holds the leaves in the registry's order, as its metadata (`/studies/metadata`) lists them. A point on
the map is a type of its own there; here it is the two leaves that its records hold, `lat` and `lon`.
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
        path: Its steps from the record's root, joined by `.`, with `[]` behind each that is a list, as in
            `protocolSection.armsInterventionsModule.interventions[].otherNames[]`.
        type: The registry's type of one value: `text`, `markup`, `PartialDate`, ...; `code` where the values are
            those of a code list.
        codes: The code list's name, None where the type is not `code`.
    """

    path: str
    type: str
    codes: str | None


@cache
def load_fields() -> tuple[Field, ...]:
    """Gives every leaf, in the registry's order."""
    lines = (files("transform") / "fields.tsv").read_text(encoding="utf-8").splitlines()
    return tuple(
        Field(row["path"], row["type"], row["codes"] or None) for row in csv.DictReader(lines, dialect="excel-tab")
    )


@cache
def map_code_lists() -> dict[str, str]:
    """The name of the code list of each coded field, by its path."""
    return {field.path: field.codes for field in load_fields() if field.codes}
