"""Publish to the targets after a run has published the file.

The run is over by then, so whatever fails here touches neither the data nor the exit code.
"""

from __future__ import annotations

from contextlib import suppress
from dataclasses import asdict
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

from flows.errors import ExtraMissing, InternalError, Interrupted
from flows.extras import require_extra
from flows.signals import as_aclf_error
from warehouse.errors import TargetFailed
from warehouse.targets.addresses import Kind
from warehouse.targets.holdings import note_failure

if TYPE_CHECKING:
    from collections.abc import Iterable

    from flows.run import ProgressCallback
    from warehouse.paths import Paths
    from warehouse.targets.addresses import Address

_EXTRAS = {
    Kind.postgresql: ("postgres", "psycopg"),
    Kind.ducklake: ("postgres", "psycopg"),
    Kind.bucket: ("s3", "boto3"),
}
"""The extra that a kind of target needs, and the package that it brings."""

_STANDS = "the warehouse file is published, and no target holds half a run"


def publish_to_targets(
    paths: Paths,
    addresses: Iterable[Address],
    on_progress: ProgressCallback,
    *,
    is_full: bool = False,
    as_parquet: bool = False,
) -> list[dict[str, Any]]:
    """Publish the warehouse to each target, and return what became of each.

    Args:
        paths: the warehouse's paths.
        addresses: the targets.
        on_progress: called before each.
        is_full: write everything, also what a database holds already.
        as_parquet: write every table as Parquet too, to folders and buckets.

    Returns:
        For each target:
        `target`: its address, without a secret;
        `run_id`, `previous_run`: the run that it holds now, and the one before (None if it held none, or failed);
        `is_whole`: whether everything was written;
        `rows`, `seconds`: how many rows were written, and how long it took;
        `failure`: why it failed, as a sentence; None if it did not.

    Raises:
        Interrupted: a signal ended it.
    """
    results = []
    for address in addresses:
        on_progress(f"publishing to {address.name}", 0, 1)
        results.append(_publish(paths, address, is_full=is_full, as_parquet=as_parquet))
    return results


def _publish(paths: Paths, address: Address, *, is_full: bool, as_parquet: bool) -> dict[str, Any]:
    from warehouse.targets.publishing import publish_to  # noqa: PLC0415 - few runs have targets

    try:
        if address.kind in _EXTRAS:
            extra, package = _EXTRAS[address.kind]
            require_extra(extra, package, address.name)
        return asdict(publish_to(paths, address, is_full=is_full, as_parquet=as_parquet)) | {"failure": None}
    except BaseException as stop:
        error = as_aclf_error(stop)
        if isinstance(error, Interrupted):
            # What the signal says of a run is not true here: the run is over, and its data is published.
            raise type(error)(
                f"publishing to {address.name} was interrupted", stands=_STANDS, next_step=TargetFailed.next_step
            ) from stop
        if isinstance(error, InternalError | ExtraMissing):
            # The same of these two, which know nothing of the file that is published.
            error.stands = _STANDS
            with suppress(OSError):
                note_failure(paths, address, str(error), datetime.now(UTC))
        nothing = dict.fromkeys(("run_id", "previous_run", "is_whole", "rows", "seconds"))
        return {"target": address.name, **nothing, "failure": str(error)}
