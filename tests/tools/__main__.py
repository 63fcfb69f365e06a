"""`make docs`: write the pages that commands and tests make, so that nobody keeps them by hand."""

from __future__ import annotations

from pathlib import Path
from tempfile import TemporaryDirectory

from tests.support.command_line import CommandLine
from tests.support.folders import DOCS
from tests.tools import cookbook_page, errors_page, fault_table

if __name__ == "__main__":
    with TemporaryDirectory() as folder:
        aclf = CommandLine(Path(folder) / "here")
        for _ in range(2):  # the sample has two nights
            aclf("sync", "--registry", "sample", "--direct")
        cookbook_page.PAGE.write_text(cookbook_page.answered(cookbook_page.PAGE.read_text(), aclf.warehouse))
        (DOCS / "dictionary.md").write_text(aclf("docs").out)
    errors_page.PAGE.write_text(errors_page.page())
    fault_table.README.write_text(fault_table.as_markdown())
