"""The control type names every kind of comparator once, in one order."""

from __future__ import annotations

from itertools import permutations

import pandas as pd
import pytest

from transform.normalise.control import CONTROLS, normalise_control


def read(*types):
    """Return the control type of a trial whose arms have these types."""
    return normalise_control(pd.Series(["/".join(types)] if types else [None]))["control_type"].tolist()


@pytest.mark.parametrize(
    ("types", "expected"),
    [
        (("EXPERIMENTAL", "PLACEBO_COMPARATOR"), "placebo"),
        (("ACTIVE_COMPARATOR", "EXPERIMENTAL", "ACTIVE_COMPARATOR"), "active"),
        (("NO_INTERVENTION", "SHAM_COMPARATOR"), "sham/no intervention"),
        (("EXPERIMENTAL",), "none"),
        (("OTHER", "EXPERIMENTAL"), "none"),
    ],
)
def test_types_become_a_control(types, expected):
    """The rules of the docstring, by hand."""
    assert read(*types) == [expected]


def test_order_of_arms_does_not_matter():
    """All controls in any order are the same text."""
    assert {read(*order)[0] for order in permutations(CONTROLS)} == {"placebo/sham/active/no intervention"}


def test_without_types_nothing_is_said():
    """No arm has a type, or the only one is unknown: NULL, and not `none`."""
    assert pd.isna(read()[0])
    assert pd.isna(read("NEW_KIND_OF_ARM")[0])
    assert read("NEW_KIND_OF_ARM", "SHAM_COMPARATOR") == ["sham"]
