"""`aclf check`: find out whether files and data are sound."""

from __future__ import annotations

from dataclasses import asdict
from typing import TYPE_CHECKING, Any

from warehouse.connect import open_newest, open_read_only
from warehouse.health.checks import ERROR, run_checks
from warehouse.health.file_checks import check_files
from warehouse.runs import read_newest_runs

if TYPE_CHECKING:
    from warehouse.paths import Paths


def check_warehouse(paths: Paths) -> dict[str, Any]:
    """Check the files and the data of a warehouse.

    Returns:
        `sound`: no file is damaged, and no check of severity error fails;
        `files`: each with its state, and with fault and remedy, or None;
        `checks`: of the published data;
        `last_run`: the newest run, or None;
        `warehouse`.

    Raises:
        NoWarehouse: nothing has been published yet.
    """
    files = check_files(paths)
    are_files_sound = all(file.fault is None for file in files)
    findings = []
    last_run = None
    # A damaged file cannot be trusted to answer the checks.
    if are_files_sound:
        with open_read_only(paths.warehouse) as published:
            findings = run_checks(published)
        with open_newest(paths) as newest:
            last_run = next(iter(read_newest_runs(newest, limit=1)), None)
    has_errors = any(finding.failures and finding.severity == ERROR for finding in findings)
    return {
        "sound": are_files_sound and not has_errors,
        "warehouse": str(paths.warehouse),
        "files": [asdict(file) | {"file": str(file.file)} for file in files],
        "checks": [asdict(finding) for finding in findings],
        "last_run": last_run,
    }
