"""`docs/dictionary.md` is the output of `aclf docs`."""

from __future__ import annotations

from tests.support.command_line import CommandLine
from tests.support.folders import DOCS

PAGE = DOCS / "dictionary.md"


def test_page_is_the_output_of_the_command(aact_warehouse):
    """The page has every table and column of today; `aclf docs > docs/dictionary.md` writes it."""
    assert CommandLine(aact_warehouse.folder)("docs").out == PAGE.read_text()
