"""`python run.py URL FILE.duckdb`: loads every study of a registry with dlt's `rest_api_source`.

It runs in an environment of its own, `requirements.txt` beside it.
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
    "SOURCES__DATA_WRITER__FILE_MAX_ITEMS": "1000",  # a page a file: one file is not shared between processes
}
"""How dlt is tuned, by the names of its settings in the environment."""

PRIVATE = {"RUNTIME__DLTHUB_TELEMETRY": "false"}


def main() -> None:
    """Loads into a file that is not there yet; dlt keeps its own state beside it."""
    registry, file = sys.argv[1], Path(sys.argv[2])
    os.environ.update(TUNED | PRIVATE | {"DLT_DATA_DIR": str(file.parent)})
    pipeline = dlt.pipeline(
        "peer",
        destination=dlt.destinations.duckdb(str(file)),
        dataset_name="registry",
        pipelines_dir=str(file.parent),
    )
    loaded = pipeline.run(rest_api_source(api(registry)), loader_file_format="parquet")
    loaded.raise_on_failed_jobs()


def api(registry: str) -> Any:
    """The registry as dlt's declarative source: a thousand studies a page, each with the token of the next."""
    studies = {"path": "studies", "params": {"pageSize": 1000}, "data_selector": "studies"}
    paginator = {"type": "cursor", "cursor_path": "nextPageToken", "cursor_param": "pageToken"}
    return {
        "client": {"base_url": registry, "paginator": paginator},
        "resource_defaults": {"write_disposition": "replace"},
        "resources": [{"name": "studies", "endpoint": studies}],
    }


if __name__ == "__main__":
    main()
