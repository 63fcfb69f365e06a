"""Control type: what the arms of a trial are compared with."""

from __future__ import annotations

import pandas as pd

from transform.normalise.distinct import on_distinct_values
from transform.normalise.lookup import get_code_list

CONTROLS = {
    "PLACEBO_COMPARATOR": "placebo",
    "SHAM_COMPARATOR": "sham",
    "ACTIVE_COMPARATOR": "active",
    "NO_INTERVENTION": "no intervention",
}
"""The arm groups' types that are a control, in the order in which they are named."""


@on_distinct_values
def normalise_control(raw: pd.Series[str]) -> pd.DataFrame:
    """Read the types of a trial's arm groups, joined by a slash.

    Args:
        raw: types as the record has them; NULL where no arm has one.

    Returns:
        On raw's index, both `str`: `control_type` (each control once, in the order of `CONTROLS`, joined by a slash;
        `none` where no arm is a control), and `reason`, which is always NULL: a type that the registry does not list
        is noted as drift.
    """
    controls = [None if pd.isna(types) else _name_controls(types) for types in raw]
    return pd.DataFrame({"control_type": controls, "reason": None}, index=raw.index, dtype="str")


def _name_controls(types: str) -> str | None:
    """Return the controls among types; None if one of the types is unknown and none is a control."""
    named = set(types.split("/"))
    found = [control for code, control in CONTROLS.items() if code in named]
    if found:
        return "/".join(found)
    return "none" if named <= set(get_code_list("arm_group_type")["code"]) else None
