"""The warehouse that the generated pages show."""

from __future__ import annotations

import pytest

from tests.support.command_line import CommandLine
from tests.tools.cookbook_page import sync_all_nights


@pytest.fixture(scope="session")
def cookbook_aclf(tmp_path_factory):
    """Return the command line beside a warehouse of the sample's nights, as in `make docs`; it is only read."""
    aclf = CommandLine(tmp_path_factory.mktemp("cookbook") / "here")
    sync_all_nights(aclf)
    return aclf
