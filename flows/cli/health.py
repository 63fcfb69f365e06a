"""Whether the data is fresh, the files are sound, and the data holds its promises: `aclf status` and `aclf check`."""

from __future__ import annotations

from dataclasses import asdict
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

from warehouse.connect import open_newest, open_read_only
from warehouse.health.checks import ERROR, run_checks
from warehouse.health.file_checks import check_files
from warehouse.publish import get_published_run
from warehouse.runs import read_newest_failure, read_newest_good_sync, read_newest_runs
from warehouse.store_facts import DATA_FACT, read_store_facts

if TYPE_CHECKING:
    from warehouse.paths import Paths

FRESH, STALE, FAILED = "fresh", "stale", "failed"

_SECONDS_AN_HOUR = 3600


def read_status(paths: Paths, max_age_hours: float) -> dict[str, Any]:
    """How fresh a warehouse is.

    Args:
        paths: The warehouse's.
        max_age_hours: The age, in hours, of the last good sync from which on the data is stale.

    Returns:
        `state` (`failed` where the last sync failed, else `stale` or `fresh`), `last_sync` (the newest sync that was
        published or found nothing new, as `aclf runs --json` tells it, or None), `age_hours` (since its end),
        `max_age_hours`, `data_timestamp` and `registry` (what it read), `trials` (in the set, as published; None where
        nothing is), `failure` (the newest failed run where it is newer than all good ones of its kind, or None),
        `waits` (whether the store holds data that is not published yet), `warehouse`.

    Raises:
        NoWarehouse: Nothing has ever run here.
    """
    with open_newest(paths) as newest:
        synced, failed = read_newest_good_sync(newest), read_newest_failure(newest)
        data_run = read_store_facts(newest).get(DATA_FACT)
    age = (datetime.now(UTC) - synced["finished_at"]).total_seconds() / _SECONDS_AN_HOUR if synced else None
    return {
        "state": _state(age, max_age_hours, failed),
        "last_sync": synced,
        "age_hours": None if age is None else round(age, 2),
        "max_age_hours": max_age_hours,
        "data_timestamp": synced["data_timestamp"] if synced else None,
        "registry": synced["registry"] if synced else None,
        "trials": _trials(paths),
        "failure": failed,
        "waits": data_run is not None and int(data_run) != get_published_run(paths),
        "warehouse": str(paths.warehouse),
    }


def _state(age: float | None, max_age_hours: float, failed: dict[str, Any] | None) -> str:
    if failed and failed["command"] == "sync":
        return FAILED
    return STALE if age is None or age > max_age_hours else FRESH


def _trials(paths: Paths) -> int | None:
    if not paths.warehouse.exists():
        return None
    with open_read_only(paths.warehouse) as published:
        return int(published.execute("select count(*) from trials where in_condition_set").fetchall()[0][0])


def check_warehouse(paths: Paths) -> dict[str, Any]:
    """Examine a warehouse.

    Returns:
        `sound` (no file is damaged and no check of severity error fails), `files` (each with fault and remedy or None),
        `checks` (of the published data), `last_run` (the newest run, or None), `warehouse`.

    Raises:
        NoWarehouse: nothing has been published yet.
    """
    files = check_files(paths)
    whole = all(file.fault is None for file in files)
    findings = []
    last_run = None
    if whole:
        with open_read_only(paths.warehouse) as published:
            findings = run_checks(published)
        with open_newest(paths) as newest:
            last_run = next(iter(read_newest_runs(newest, limit=1)), None)
    return {
        "sound": whole and not any(finding.failures and finding.severity == ERROR for finding in findings),
        "warehouse": str(paths.warehouse),
        "files": [asdict(file) | {"file": str(file.file)} for file in files],
        "checks": [asdict(finding) for finding in findings],
        "last_run": last_run,
    }
