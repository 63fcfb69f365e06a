"""Fill the tables that pandas makes from the rows of other tables: `main.interventions` and others."""

from __future__ import annotations

from functools import cached_property
from typing import TYPE_CHECKING

import pyarrow as pa

from transform.catalog.files import load_catalog
from warehouse.kept_rules import read_rules
from warehouse.loading.archive import read_parts

if TYPE_CHECKING:
    from duckdb import DuckDBPyConnection

    from transform.catalog.model import Table
    from transform.rules.model import Rule
    from warehouse.loading.archive import RoundChanges

_PARTS_TOGETHER = 2
"""Parts whose texts are read together: a search for all rules costs a third of a second before it begins, and the texts
of a thousand trials take 70 MB while they are read."""

_TRIALS_TOGETHER = 2000
"""The same, for trials that are read again."""


class NormalisedTables:
    """Makes the rows of a round's trials in the tables that pandas makes.

    Args:
        connection: A connection to the store, in a transaction.
        changes: What the round changes, with the temporary table `changed_trials`.
    """

    def __init__(self, connection: DuckDBPyConnection, changes: RoundChanges) -> None:
        self._connection = connection
        self._changes = changes

    @cached_property
    def _rules(self) -> tuple[Rule, ...]:
        return read_rules(self._connection)

    def make_rows(self, table: Table) -> pa.Table:
        """Return the rows of a table, also those of trials of the round's parts that have not changed."""
        # pandas takes as long to import as a small load takes: imported where there is something to normalise.
        from transform.texts.tables import TABLE_NORMALISERS, normalise_table  # noqa: PLC0415

        assert table.normaliser
        sources = TABLE_NORMALISERS[table.normaliser].sources
        parts = self._changes.parts
        groups = [parts[start : start + _PARTS_TOGETHER] for start in range(0, len(parts), _PARTS_TOGETHER)]
        made = [
            normalise_table(table, {name: read_parts(group, name) for name in sources}, self._rules) for group in groups
        ]
        return pa.concat_tables(made)


def remake_normalised_tables(connection: DuckDBPyConnection) -> None:
    """Make every row of these tables again from the store's other tables, after the rules have changed.

    Args:
        connection: A connection to a copy of the store, in a transaction. It commits as it goes.
    """
    from transform.texts.tables import TABLE_NORMALISERS, normalise_table  # noqa: PLC0415 - as above

    tables = [table for table in load_catalog().tables if table.normaliser]
    rules = read_rules(connection)
    for table in tables:
        connection.execute(f"delete from {table.qualified}")
    trials = [nct_id for (nct_id,) in connection.execute("select nct_id from main.trials order by nct_id").fetchall()]
    for start in range(0, len(trials), _TRIALS_TOGETHER):
        first, *_, last = [trials[start], *trials[start : start + _TRIALS_TOGETHER]]
        connection.execute("commit; begin")
        sources: dict[str, pa.Table | None] = {}
        for table in tables:
            assert table.normaliser
            for name in TABLE_NORMALISERS[table.normaliser].sources:
                if name not in sources:
                    read = f"from {name} where nct_id between $1 and $2"
                    sources[name] = connection.execute(read, [first, last]).to_arrow_table()
            connection.register("new_rows", normalise_table(table, sources, rules))
            connection.execute(f"insert into {table.qualified} by name from new_rows")
            connection.unregister("new_rows")
