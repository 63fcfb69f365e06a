"""Environments with other versions of packages than the locked ones."""

from __future__ import annotations

import subprocess
import venv
from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path


def make_environment(folder: Path, requirements: Sequence[str]) -> Path:
    """Make an environment with these packages, and return its Python; skip the test where they cannot be had."""
    venv.create(folder, with_pip=True)
    python = folder / "bin" / "python"
    install = [python, "-m", "pip", "install", "--quiet", "--disable-pip-version-check", *requirements]
    installed = subprocess.run(install, capture_output=True, text=True, check=False)
    if installed.returncode:
        pytest.skip(f"{' '.join(requirements)} cannot be installed here: {installed.stderr.splitlines()[-1]}")
    return python
