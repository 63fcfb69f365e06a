"""`aclf publish`: bring targets in step, and say what became of each."""

from __future__ import annotations

from typing import TYPE_CHECKING

import typer

from flows.cli.terminal import print_error, print_json, print_lines, show_progress
from flows.targets import publish_to_targets
from flows.wording import format_target
from warehouse.errors import NoWarehouse
from warehouse.targets.holdings import forget_target

if TYPE_CHECKING:
    from collections.abc import Sequence

    from warehouse.paths import Paths
    from warehouse.targets.addresses import Address


def publish_and_print(
    paths: Paths, addresses: Sequence[Address], *, is_full: bool, as_parquet: bool, as_json: bool
) -> None:
    """Publish to each target, print what became of it, and exit with 1 if one of them failed.

    Raises:
        NoWarehouse: there is nothing to publish.
    """
    if not paths.warehouse.exists():
        raise NoWarehouse(f"there is no warehouse {paths.warehouse}")
    with show_progress() as on_progress:
        results = publish_to_targets(paths, addresses, on_progress, is_full=is_full, as_parquet=as_parquet)
    failures = [result["failure"] for result in results if result["failure"]]
    if as_json:
        print_json(results)
    else:
        print_lines(format_target(result) for result in results if not result["failure"])
    for failure in failures:
        print_error(failure)
    if failures:
        raise typer.Exit(1)


def forget_and_print(paths: Paths, addresses: Sequence[Address]) -> None:
    """No longer note what targets hold; what is in them stays."""
    for address in addresses:
        forget_target(paths, address)
    print_lines(f"{address.name} is named no more; what it holds stays there." for address in addresses)
