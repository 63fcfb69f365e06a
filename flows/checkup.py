"""Is the data fresh, are the files sound, does the data hold its promises?"""

from __future__ import annotations

from dataclasses import asdict
from typing import TYPE_CHECKING, Any

from warehouse.checks import ERROR, run_checks
from warehouse.query import open_newest, open_read_only
from warehouse.runs import newest_runs
from warehouse.soundness import examine

if TYPE_CHECKING:
    from warehouse.places import Places


def checkup(places: Places) -> dict[str, Any]:
    """Examine a warehouse.

    Returns:
        `sound` (no file is damaged and no check of severity error fails), `files` (each with fault and remedy or None),
        `checks` (of the published data), `last_run` (the newest run, or None), `warehouse`.

    Raises:
        NoWarehouse: nothing has been published yet.
    """
    files = examine(places)
    whole = all(file.fault is None for file in files)
    findings = []
    last_run = None
    if whole:
        with open_read_only(places.warehouse) as published:
            findings = run_checks(published)
        with open_newest(places) as newest:
            last_run = next(iter(newest_runs(newest, limit=1)), None)
    return {
        "sound": whole and not any(finding.failures and finding.severity == ERROR for finding in findings),
        "warehouse": str(places.warehouse),
        "files": [asdict(file) | {"file": str(file.file)} for file in files],
        "checks": [asdict(finding) for finding in findings],
        "last_run": last_run,
    }
