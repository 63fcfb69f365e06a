"""Publish to the targets after a run has published the file.

The run is over by then, so whatever fails here touches neither the data nor the exit code.
"""

from __future__ import annotations

from dataclasses import asdict
from typing import TYPE_CHECKING, Any

from flows.errors import Interrupted
from flows.extras import require_extra
from flows.signals import as_aclf_error
from warehouse.targets.addresses import Kind

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
        Of each target its address without a secret (`target`), the `run_id` that it holds now and the `previous_run`
        (None if it failed or held none), whether it was written wholly (`is_whole`), how many `rows` were written, the
        `seconds`, and the sentence of its `failure` (None if it did not fail).

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
    except Exception as stop:
        error = as_aclf_error(stop)
        if isinstance(error, Interrupted):
            raise
        nothing = dict.fromkeys(("run_id", "previous_run", "is_whole", "rows", "seconds"))
        return {"target": address.name, **nothing, "failure": str(error)}
