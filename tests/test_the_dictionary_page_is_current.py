"""`docs/dictionary.md` is what `aclf docs` prints."""

from __future__ import annotations

from pathlib import Path

from tests.command_line import CommandLine

PAGE = Path(__file__).parents[1] / "docs" / "dictionary.md"


def test_the_page_is_what_the_command_prints(of_aact):
    """The data dictionary in the repository has every table and column of today (`aclf docs > docs/dictionary.md`)."""
    assert CommandLine(of_aact.folder)("docs").out == PAGE.read_text()
