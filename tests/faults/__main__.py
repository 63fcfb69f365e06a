"""`python -m tests.faults`: writes `tests/faults/README.md` anew."""

from __future__ import annotations

from tests.faults.table import README, as_markdown

if __name__ == "__main__":
    README.write_text(as_markdown())
