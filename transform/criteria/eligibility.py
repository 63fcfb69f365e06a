"""The criteria of trials: one row per line of the eligibility text, and one more for each further limit in a line."""

from __future__ import annotations

from typing import TYPE_CHECKING

from transform.criteria.limits import LIMIT_COLUMNS, read_limits
from transform.criteria.lines import split_criteria
from transform.normalise.row_ids import make_row_ids

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    import pandas as pd

    from transform.rules.model import Rule

SOURCES: tuple[str, ...] = ("ctgov.eligibilities",)
"""The source tables."""

COLUMNS = {
    "id": "int64",
    "nct_id": "str",
    "line_number": "int64",
    "criterion_type": "str",
    "nesting_level": "int64",
    "text": "str",
    "heading": "str",
    **LIMIT_COLUMNS,
}
"""The columns of the table, and their dtypes."""


def normalise_criteria(sources: Mapping[str, pd.DataFrame], rules: Sequence[Rule]) -> pd.DataFrame:
    """Return the rows of `main.criteria`.

    Args:
        sources: the source tables by their qualified names; `ctgov.eligibilities` with `nct_id` and `criteria`.
        rules: rules of all kinds; those of `criterion_measure` read the limits. Without any, no line has a limit.

    Returns:
        The columns of `COLUMNS`, in the order of the ids. A line without a limit has one row with limit number 1.
    """
    eligibilities = sources["ctgov.eligibilities"].sort_values("nct_id", ignore_index=True)
    lines = split_criteria(eligibilities["nct_id"], eligibilities["criteria"])
    limits = read_limits(lines["text"], [rule for rule in rules if rule.kind == "criterion_measure"])
    criteria = lines.merge(limits, left_index=True, right_on="row", how="left", sort=True)
    criteria["limit_number"] = criteria["limit_number"].fillna(1)
    criteria = criteria.sort_values(["row", "limit_number"], ignore_index=True)
    criteria["id"] = make_row_ids(criteria["nct_id"])
    return criteria[list(COLUMNS)].astype(COLUMNS)
