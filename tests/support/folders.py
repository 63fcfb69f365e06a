"""Where the repository's folders are, so that no test counts its own parents."""

from __future__ import annotations

from pathlib import Path

ROOT = Path(__file__).parents[2]
DATA = ROOT / "tests" / "data"
DOCS = ROOT / "docs"
SHARED = ROOT.parent / "shared"
"""Reference material that a clone does not have; a test that reads it is skipped without it."""
