"""What the shell offers after Tab: numbers, tables and sets of the warehouse, and the names that ship.

Each function gets what was typed so far. Where there is no warehouse it offers nothing, because a shell has no place
for an error.
"""

from __future__ import annotations

import os
from typing import Any

import typer  # noqa: TC002 - Typer reads the annotations of these functions


def complete_nct_number(ctx: typer.Context, incomplete: str) -> list[str]:
    """Return the NCT numbers of the warehouse that begin so, without those that stand on the line already."""
    given = {number.upper() for number in ctx.params.get("nct_ids") or ()}
    numbers = _read_names(ctx, "select nct_id from main.trials order by nct_id")
    return [number for number in numbers if number.startswith(incomplete) and number not in given]


def complete_table(ctx: typer.Context, incomplete: str) -> list[str]:
    """Return the tables and views that begin so: those of `main` by their name, others with their schema."""
    tables = _read_names(
        ctx,
        "select distinct if(schema_name = 'main', '', schema_name || '.') || table_name from duckdb_columns() "
        "where not internal and schema_name <> 'sets' order by all",
    )
    return [table for table in tables if table.startswith(incomplete)]


def complete_followed_set(ctx: typer.Context, incomplete: str) -> list[str]:
    """Return the condition sets of the warehouse that begin so."""
    sets = _read_names(ctx, "select name from main.condition_sets where is_followed order by name")
    return [name for name in sets if name.startswith(incomplete)]


def complete_condition_set(incomplete: str) -> list[str]:
    """Return the condition sets that ship, and the TOML files of the working directory, that begin so."""
    from pathlib import Path  # noqa: PLC0415 - only Tab needs it

    from extract.condition_set import list_shipped_sets  # noqa: PLC0415 - the same

    known = [*list_shipped_sets(), *sorted(file.name for file in Path().glob("*.toml"))]
    return [name for name in known if name.startswith(incomplete)]


def complete_registry(incomplete: str) -> list[str]:
    """Return `sample` if what was typed may become it: the other registries are addresses."""
    return ["sample"] if "sample".startswith(incomplete) else []


def _read_names(ctx: typer.Context, query: str) -> list[Any]:
    """Return the first column of a query of the warehouse that the line, or the environment, names."""
    # Imported here, because these take long and no other command may wait for them.
    from pathlib import Path  # noqa: PLC0415 - see above

    import duckdb  # noqa: PLC0415 - see above

    from extract.errors import AclfError  # noqa: PLC0415 - see above
    from flows.cli.options import DEFAULT_WAREHOUSE  # noqa: PLC0415 - see above, and options imports this module
    from warehouse.connect import open_read_only  # noqa: PLC0415 - see above
    from warehouse.paths import Paths  # noqa: PLC0415 - see above

    named = ctx.params.get("warehouse") or os.environ.get("ACLF_WAREHOUSE") or DEFAULT_WAREHOUSE
    try:
        with open_read_only(Paths.of(Path(named)).warehouse) as connection:
            return [name for (name,) in connection.execute(query).fetchall()]
    except (AclfError, duckdb.Error, OSError):
        return []
