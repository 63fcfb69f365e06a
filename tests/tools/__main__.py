"""Write the pages that are generated from the code and from commands (`make docs`)."""

from __future__ import annotations

from pathlib import Path
from tempfile import TemporaryDirectory

from tests.support.command_line import CommandLine
from tests.support.folders import DOCS
from tests.tools import cookbook_page, errors_page, fault_table, sources_file

if __name__ == "__main__":
    with TemporaryDirectory() as folder:
        aclf = CommandLine(Path(folder) / "here")
        cookbook_page.sync_all_nights(aclf)
        cookbook_page.PAGE.write_text(cookbook_page.fill_answers(cookbook_page.PAGE.read_text(), aclf.warehouse))
        (DOCS / "dictionary.md").write_text(aclf("docs", "--values").out)
        sources_file.FILE.write_text(sources_file.make_sources(aclf.warehouse))
    errors_page.PAGE.write_text(errors_page.make_page())
    fault_table.README.write_text(fault_table.make_page())
