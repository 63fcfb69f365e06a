"""The role of an intervention in its trial, from the arms that use it."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pandas as pd

if TYPE_CHECKING:
    from collections.abc import Mapping

EXPERIMENTAL = "experimental"
COMPARATOR = "comparator"
BACKGROUND = "background"

ROLES_BY_ARM_TYPE = {
    "EXPERIMENTAL": EXPERIMENTAL,
    "ACTIVE_COMPARATOR": COMPARATOR,
    "PLACEBO_COMPARATOR": COMPARATOR,
    "SHAM_COMPARATOR": COMPARATOR,
    "NO_INTERVENTION": COMPARATOR,
}
"""What each type of arm says. `OTHER` and an arm without a type say nothing."""


def find_roles(sources: Mapping[str, pd.DataFrame]) -> pd.Series[str]:
    """Return the role of each intervention that has one.

    An intervention is experimental if all its arms are, a comparator if all its arms are comparators, and background if
    it has arms of both kinds. An arm that says nothing (type OTHER, no type, or a label that no arm has) leaves only
    background certain: beside it an intervention has no role unless its other arms are of both kinds.

    Args:
        sources: `ctgov.design_groups` and `ctgov.design_group_interventions`.

    Returns:
        `experimental`, `comparator` or `background`, by the intervention's id. Other interventions are not in it.
    """
    groups = sources["ctgov.design_groups"]
    uses = sources["ctgov.design_group_interventions"]
    said_by_arm = pd.Series(groups["group_type"].map(ROLES_BY_ARM_TYPE).to_numpy(), index=groups["id"])
    said = uses["design_group_id"].map(said_by_arm)

    by_intervention = pd.DataFrame(
        {"experimental": said == EXPERIMENTAL, "comparator": said == COMPARATOR, "silent": said.isna()}
    ).groupby(uses["intervention_id"].to_numpy())
    has = by_intervention.any()
    roles = pd.Series(index=has.index, dtype="str")
    roles = roles.mask(has["experimental"] & ~has["silent"], EXPERIMENTAL)
    roles = roles.mask(has["comparator"] & ~has["silent"], COMPARATOR)
    return roles.mask(has["experimental"] & has["comparator"], BACKGROUND).dropna()
