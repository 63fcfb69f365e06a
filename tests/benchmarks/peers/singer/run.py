"""`python run.py URL FILE.duckdb`: loads every study of a registry with tap-clinicaltrials, piped into target-duckdb.

It runs in an environment of its own, `requirements.txt` beside it. Both run where the file is: the tap keeps its cache
of answers there, which so starts cold.
"""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path


def main() -> None:
    """Loads into a file that is not there yet, and ends with 1 when one of the two has failed."""
    registry, file = sys.argv[1], Path(sys.argv[2])
    settings = {"path": str(file), "default_target_schema": "main", "temp_dir": str(file.parent)}
    configuration = file.with_name("target.json")
    configuration.write_text(json.dumps(settings))
    tap = [sys.executable, str(Path(__file__).with_name("tap.py").resolve()), registry]
    target = [str(Path(sys.executable).with_name("target-duckdb")), "--config", str(configuration)]
    with (
        subprocess.Popen(tap, cwd=file.parent, stdout=subprocess.PIPE) as source,
        subprocess.Popen(target, cwd=file.parent, stdin=source.stdout, stdout=subprocess.DEVNULL) as sink,
    ):
        source.stdout.close()  # the target alone reads it: when that ends, the tap is to notice
    sys.exit(1 if source.returncode or sink.returncode else 0)


if __name__ == "__main__":
    main()
