"""The names of flow runs: what runs, on which set or trials, and the day (UTC)."""

from __future__ import annotations

from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING

from prefect.runtime import flow_run

if TYPE_CHECKING:
    from collections.abc import Sequence

    from flows.settings import Settings


def sync_name() -> str:
    """The name of the sync that begins now, as in `sync aclf 2026-10-01`."""
    settings: Settings = flow_run.parameters["settings"]
    return f"sync {Path(settings.condition_set).stem} {_today()}"


def backfill_name() -> str:
    """The name of the backfill that begins now, as in `backfill NCT03863002 and 2 more 2026-10-01`."""
    nct_ids: Sequence[str] = flow_run.parameters["nct_ids"]
    more = f" and {len(nct_ids) - 1} more" if nct_ids[1:] else ""
    return f"backfill {nct_ids[0].strip().upper()}{more} {_today()}"


def _today() -> str:
    return f"{datetime.now(UTC):%Y-%m-%d}"
