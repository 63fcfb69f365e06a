"""Which tests `make test` leaves out is a list of tests that exist."""

from __future__ import annotations

import re

import pytest

from tests.conftest import THOROUGH
from tests.support.folders import ROOT
from tests.tools.thorough import KEPT, find_thorough

LISTED = THOROUGH.read_text().splitlines()


@pytest.mark.parametrize("file", sorted({test.partition("::")[0] for test in [*LISTED, *KEPT]}))
def test_every_test_of_the_list_exists(file):
    """A test that was renamed or removed is not listed any more."""
    defined = set(re.findall(r"^def (test_\w+)", (ROOT / file).read_text(), re.MULTILINE))
    listed = {test.partition("::")[2] for test in [*LISTED, *KEPT] if test.startswith(f"{file}::")}
    assert listed <= defined


def test_what_a_module_shares_makes_no_test_long():
    """A test is long if its cases are, and not because its first case made what the module shares."""
    seconds = {
        "a::test_long": [4.0],
        "a::test_shared": [9.0, 0.1, 0.1],
        "a::test_each": [2.0, 1.5, 1.1],
        "a::test_short": [1.0],
    }
    assert find_thorough(seconds) == ["a::test_each", "a::test_long"]
