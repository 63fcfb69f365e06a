"""Nights of studies that change who is related to whom, and how much."""

from __future__ import annotations

from typing import TYPE_CHECKING

from tests.support.made_studies import make_study
from tests.support.warehouses import with_value

if TYPE_CHECKING:
    from tests.support.warehouses import Study

_STATUS = "protocolSection.statusModule.overallStatus"


def make_ranked_night(night: int) -> list[Study]:
    """Make the studies of a night: trials join and leave, and their terms and states change."""
    names = ["A", "B", "C", "D"]
    return [
        with_value(
            make_study(
                number,
                conditions=[names[number % 4], f"{names[(number + (night if number % 5 == 0 else 0)) % 3]} rare"],
                keywords=[f"pair {number // 2}"] if number % 7 else ["a word of its own", names[night % 4]],
                updated=f"2024-02-0{night + 1}",
            ),
            _STATUS,
            "COMPLETED" if number % 6 == night else "RECRUITING",
        )
        for number in range(1 + night % 2, 20 + 2 * (night // 2))
    ]
