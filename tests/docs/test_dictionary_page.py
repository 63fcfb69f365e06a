"""`docs/dictionary.md` is the output of `aclf docs --values` on the sample."""

from __future__ import annotations

from tests.support.folders import DOCS

PAGE = DOCS / "dictionary.md"


def test_page_is_the_output_of_the_command(cookbook_aclf):
    """The page has every table and column of today; `make docs` writes it."""
    assert cookbook_aclf("docs", "--values").out == PAGE.read_text()
