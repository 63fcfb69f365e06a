"""Name the repository's folders, so that no test has to count its parent folders."""

from __future__ import annotations

from pathlib import Path

ROOT = Path(__file__).parents[2]
DATA = ROOT / "tests" / "data"
DOCS = ROOT / "docs"
SHARED = ROOT.parent / "shared"
"""Reference material outside the repository; a test that reads it is skipped where it is missing."""
