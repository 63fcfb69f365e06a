"""Load every study of a registry with tap-clinicaltrials and target-duckdb (`python run.py URL FILE.duckdb`).

It runs in its own environment, with the `requirements.txt` beside it. Both programs run in the folder of the file. The
tap keeps its cache of answers there, so that each run begins with an empty cache.
"""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path


def main() -> None:
    """Load into a new file, and exit with 1 if one of the two programs has failed."""
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
        # Only the target must have the pipe open: then the tap gets an error when the target ends.
        source.stdout.close()
    sys.exit(1 if source.returncode or sink.returncode else 0)


if __name__ == "__main__":
    main()
