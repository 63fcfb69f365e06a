"""The records of the sample's nights, which several files of tests read."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from tests.support.sample_records import read_night

if TYPE_CHECKING:
    from tests.support.sample_records import Night, Study


@pytest.fixture(scope="module")
def first() -> Night:
    """Return the studies of the first night."""
    return read_night("first")[1]


@pytest.fixture(scope="module")
def second() -> Night:
    """Return the studies that are new or different on the second night."""
    return read_night("second")[1]


@pytest.fixture(scope="module")
def third() -> Night:
    """Return the studies that are different on the third night."""
    return read_night("third")[1]


@pytest.fixture(scope="module")
def every(first: Night, second: Night, third: Night) -> list[Study]:
    """Return every record of all files."""
    return [*first.values(), *second.values(), *third.values()]
