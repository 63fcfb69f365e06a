"""Publish to the targets after a run has published the file.

The run is over by then, so whatever fails here touches neither the data nor the exit code.
"""

from __future__ import annotations

from dataclasses import asdict
from importlib.util import find_spec
from typing import TYPE_CHECKING, Any

from flows.errors import ExtraMissing, Interrupted
from flows.signals import as_aclf_error
from warehouse.targets.addresses import Kind

if TYPE_CHECKING:
    from collections.abc import Iterable

    from flows.run import ProgressCallback
    from warehouse.paths import Paths
    from warehouse.targets.addresses import Address

_EXTRAS = {
    Kind.postgresql: ("psycopg", "postgres"),
    Kind.ducklake: ("psycopg", "postgres"),
    Kind.bucket: ("boto3", "s3"),
}
"""The package that a kind of target needs, and the extra that brings it."""


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
        _require_package(address)
        return asdict(publish_to(paths, address, is_full=is_full, as_parquet=as_parquet)) | {"failure": None}
    except Exception as stop:
        error = as_aclf_error(stop)
        if isinstance(error, Interrupted):
            raise
        nothing = dict.fromkeys(("run_id", "previous_run", "is_whole", "rows", "seconds"))
        return {"target": address.name, **nothing, "failure": str(error)}


def _require_package(address: Address) -> None:
    """Refuse a target whose package is not installed.

    Raises:
        ExtraMissing: it is not.
    """
    package, extra = _EXTRAS.get(address.kind, ("duckdb", ""))
    if find_spec(package) is None:
        raise ExtraMissing.of(address.name, package, extra)
