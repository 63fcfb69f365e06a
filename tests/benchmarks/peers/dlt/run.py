"""Load every study of a registry with dlt's `rest_api_source` (`python run.py URL FILE.duckdb`).

It runs in its own environment, with the `requirements.txt` beside it.
"""

from __future__ import annotations

import os
import sys
from pathlib import Path
from typing import Any

import dlt
from dlt.sources.rest_api import rest_api_source

TUNED = {
    "NORMALIZE__WORKERS": "2",  # normalising is most of the work, and by default one process does it
    "LOAD__WORKERS": "2",
    "DATA_WRITER__BUFFER_MAX_ITEMS": "20000",
    "SOURCES__DATA_WRITER__FILE_MAX_ITEMS": "1000",  # one file per page, because two processes cannot share a file
}
"""The settings that tune dlt, by their names in the environment."""

PRIVATE = {"RUNTIME__DLTHUB_TELEMETRY": "false"}


def main() -> None:
    """Load into a new file; dlt keeps its own state beside it."""
    registry, file = sys.argv[1], Path(sys.argv[2])
    os.environ.update(TUNED | PRIVATE | {"DLT_DATA_DIR": str(file.parent)})
    pipeline = dlt.pipeline(
        "peer",
        destination=dlt.destinations.duckdb(str(file)),
        dataset_name="registry",
        pipelines_dir=str(file.parent),
    )
    load = pipeline.run(rest_api_source(describe_api(registry)), loader_file_format="parquet")
    load.raise_on_failed_jobs()


def describe_api(registry: str) -> Any:
    """Return dlt's declaration of the registry: pages of a thousand studies, each with the token of the next page."""
    studies = {"path": "studies", "params": {"pageSize": 1000}, "data_selector": "studies"}
    paginator = {"type": "cursor", "cursor_path": "nextPageToken", "cursor_param": "pageToken"}
    return {
        "client": {"base_url": registry, "paginator": paginator},
        "resource_defaults": {"write_disposition": "replace"},
        "resources": [{"name": "studies", "endpoint": studies}],
    }


if __name__ == "__main__":
    main()
