"""`docs/dictionary.md` is what `aclf docs` prints."""

from __future__ import annotations

from tests.support.command_line import CommandLine
from tests.support.folders import DOCS

PAGE = DOCS / "dictionary.md"


def test_the_page_is_what_the_command_prints(of_aact):
    """The data dictionary in the repository has every table and column of today (`aclf docs > docs/dictionary.md`)."""
    assert CommandLine(of_aact.folder)("docs").out == PAGE.read_text()
