"""The stage profile runs a whole sync, and knows every function that it times."""

from __future__ import annotations

import subprocess
import sys

from tests.benchmarks.generate import write_studies
from tests.support.folders import ROOT


def test_each_stage_is_timed(tmp_path):
    """No function of `stages.toml` is missing, and the table has the stages of ARCHITECTURE.md."""
    write_studies(5, tmp_path / "studies.ndjson")
    command = [sys.executable, "-m", "tests.benchmarks.stages", str(tmp_path / "studies.ndjson"), "--least", "0"]
    run = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=False)
    assert (run.returncode, "does not exist" in run.stderr) == (0, False), run.stderr
    for stage in ("list", "plan", "fetch", "part", "load: texts", "load: history", "checks", "publish"):
        assert stage in run.stdout
