"""The rows of `main.outcomes`: each planned outcome with the days of its time frame, and its class by the rules."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import pandas as pd

from transform.rules.matching import find_matches
from transform.texts.lists import collect_lists
from transform.texts.time_frames import normalise_time_frame

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from transform.rules.model import Rule

KIND = "outcome_class"
SOURCES: tuple[str, ...] = ("ctgov.design_outcomes",)
"""The tables that the rows come from."""

_COPIED = ["id", "nct_id", "outcome_type", "measure", "description", "time_frame"]
_FIELDS = {"measure": None, "description": 40}
"""Where a class is looked for, and before which character a match must begin. The first field with a match counts."""


def normalise_outcomes(sources: Mapping[str, pd.DataFrame], rules: Sequence[Rule]) -> pd.DataFrame:
    """Make the rows of `main.outcomes`.

    Where several rules match, the first one of the files counts; all their classes are in `outcome_classes`. The
    description is read only where no rule matches the measure, and only at its start, because it goes on to name much
    that is not measured.

    Args:
        sources: one frame per table of `SOURCES`, with the catalog's columns.
        rules: rules of all kinds; those of `KIND` are used.

    Returns:
        One row per planned outcome, in the order of ids, with the columns of the catalog.
    """
    outcomes = sources["ctgov.design_outcomes"][_COPIED].sort_values("id", ignore_index=True)
    days = normalise_time_frame(outcomes["time_frame"])
    classes = _find_classes(outcomes, [rule for rule in rules if rule.kind == KIND])
    return pd.concat([outcomes, days, classes], axis="columns")


def _find_classes(outcomes: pd.DataFrame, rules: Sequence[Rule]) -> pd.DataFrame:
    """Return the columns that come from rules, on the index of the outcomes."""
    by_field = []
    unclassed = outcomes.index
    for field, length in _FIELDS.items():
        texts = outcomes.loc[unclassed, field]
        matches = find_matches(texts, rules).assign(field=field)
        matches["row"] = texts.index.to_numpy()[matches["row"]]
        if length is not None:
            matches = matches[_find_positions(texts.loc[matches["row"]], matches["found"]) < length]
        by_field.append(matches)
        unclassed = unclassed.difference(pd.Index(matches["row"]))
    found = pd.concat(by_field, ignore_index=True)
    found["class"] = found["rule"].map(dict(enumerate(rule.value for rule in rules)))
    found["name"] = found["rule"].map(dict(enumerate(rule.name for rule in rules)))

    first = found.drop_duplicates("row").set_index("row").reindex(outcomes.index)
    distinct = found.drop_duplicates(["row", "class"])
    classes = collect_lists(distinct["class"], distinct["row"]).reindex(outcomes.index)
    return pd.DataFrame(
        {
            "outcome_class": first["class"].astype("str"),
            "class_rule": first["name"].astype("str"),
            "class_text": first["found"].astype("str"),
            "class_field": first["field"].astype("str"),
            "outcome_classes": classes.astype("object").where(classes.notna(), None),
        }
    )


def _find_positions(texts: pd.Series[str], pieces: pd.Series[str]) -> np.ndarray:
    """Return where in each text its piece begins."""
    return np.array([text.find(piece) for text, piece in zip(texts, pieces, strict=True)], "int64")
