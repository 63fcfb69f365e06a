"""Compare two warehouses table by table (`python -m tests.tools.compare_warehouses OLD.duckdb NEW.duckdb`).

The two were made from the same nights, by two versions of the product. Every table, view, column, macro and comment
must be in both, and every table and view must have the same rows, except what `compare_warehouses.toml` lists with its
reason. Each difference is printed with an example; the exit code is 1 if there is any.
"""

from __future__ import annotations

import argparse
import sys
import tomllib
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Any

import duckdb

if TYPE_CHECKING:
    from collections.abc import Collection, Iterator, Mapping

    import pyarrow as pa
    from duckdb import DuckDBPyConnection

    Definitions = Mapping[str, Mapping[str, str | None]]

_EXCEPTIONS = tomllib.loads(Path(__file__).with_suffix(".toml").read_text())
_LEFT_OUT_COLUMNS = {entry["name"] for entry in _EXCEPTIONS["column"]}
_LEFT_OUT_ROWS = {entry["table"]: entry["where"] for entry in _EXCEPTIONS["row"]}
_COMPARED_AS = {entry["name"]: entry["as"] for entry in _EXCEPTIONS["value"]}
_FREE = {(name, entry["property"]) for entry in _EXCEPTIONS["definition"] for name in entry["names"]}

_CANDIDATES = 200
_LONGEST_TEXT = 120

# Each query gives rows of a name, a property and its value.
_RELATIONS = """
with relations as (
  select schema_name || '.' || table_name as name, 'table' as kind, comment, database_name, internal
  from duckdb_tables()
  union all
  select schema_name || '.' || view_name, 'view', comment, database_name, internal
  from duckdb_views()
)
select name, unnest(['kind', 'comment']), unnest([kind, comment])
from relations
where database_name = current_database() and not internal
"""
_COLUMNS = """
select
  schema_name || '.' || table_name || '.' || column_name,
  unnest(['type', 'place', 'may be NULL', 'default', 'comment']),
  unnest([data_type, column_index::varchar, is_nullable::varchar, column_default, comment])
from duckdb_columns()
where database_name = current_database() and not internal
"""
_MACROS = """
select
  format('{}.{}({})', schema_name, function_name, array_to_string(parameters, ', ')),
  unnest(['definition', 'comment']),
  unnest([macro_definition, comment])
from duckdb_functions()
where database_name = current_database() and not internal
"""

# The start and the end of each run, with a name that is the same in both warehouses.
_RUN_TIMES = """
set variable run_times = (
  select map_from_entries(list((moment, name)))
  from (
    select moment, min(name) as name
    from (
      select unnest([started_at, finished_at]) as moment, unnest(['start', 'end']) || ' of run ' || run_id as name
      from ops.runs
    )
    where moment is not null
    group by moment
  )
)
"""


def main() -> None:
    """Print the differences of the two files of the command line."""
    parser = argparse.ArgumentParser(prog="python -m tests.tools.compare_warehouses", description=__doc__)
    parser.add_argument("old", type=Path, metavar="OLD.duckdb")
    parser.add_argument("new", type=Path, metavar="NEW.duckdb")
    options = parser.parse_args()
    differences = find_differences(options.old, options.new)
    sys.stdout.write("".join(f"{difference}\n" for difference in differences) or "equal\n")
    sys.exit(1 if differences else 0)


def find_differences(old: Path, new: Path) -> list[str]:
    """Return a sentence for each difference between two warehouses; none if they are equal.

    Raises:
        duckdb.Error: A file is not a warehouse, or it cannot be read.
    """
    with _open(old) as old_file, _open(new) as new_file, duckdb.connect() as memory:
        old_relations, new_relations = (_read_definitions(file, _RELATIONS) for file in (old_file, new_file))
        old_columns, new_columns = (_read_definitions(file, _COLUMNS) for file in (old_file, new_file))
        shared = old_relations.keys() & new_relations.keys()
        differences = [
            *_compare_definitions(old_relations, new_relations),
            # The columns of a missing table are missing with it.
            *_compare_definitions(_keep_columns(old_columns, shared), _keep_columns(new_columns, shared)),
            *_compare_definitions(_read_definitions(old_file, _MACROS), _read_definitions(new_file, _MACROS)),
        ]
        for relation in sorted(shared):
            query = _make_query(relation, old_columns, new_columns)
            try:
                old_rows, new_rows = (file.execute(query).to_arrow_table() for file in (old_file, new_file))
            except duckdb.CatalogException as error:  # a view over a table that only one of the two has
                differences.append(f"{relation}: cannot be read in both: {str(error).splitlines()[0]}")
                continue
            differences += _compare_rows(relation, old_rows, new_rows, memory)
    return differences


@contextmanager
def _open(file: Path) -> Iterator[DuckDBPyConnection]:
    """Open a warehouse read-only under the same catalog name as the other, because views show that name."""
    if not file.exists():
        raise SystemExit(f"the file {file} does not exist")
    with duckdb.connect() as connection:
        connection.execute(f"attach '{str(file).replace(chr(39), 2 * chr(39))}' as warehouse (read_only)")
        connection.execute("use warehouse")
        connection.execute(_RUN_TIMES)
        yield connection


def _read_definitions(file: DuckDBPyConnection, query: str) -> dict[str, dict[str, str | None]]:
    definitions: dict[str, dict[str, str | None]] = {}
    for name, property_name, value in file.execute(query).fetchall():
        definitions.setdefault(name, {})[property_name] = value
    return definitions


def _keep_columns(columns: Definitions, relations: Collection[str]) -> Definitions:
    """Return the columns of these tables and views."""
    return {name: properties for name, properties in columns.items() if name.rpartition(".")[0] in relations}


def _compare_definitions(old: Definitions, new: Definitions) -> Iterator[str]:
    for name in sorted(old.keys() | new.keys()):
        if name not in old or name not in new:
            if (name, "existence") not in _FREE:
                yield f"{name}: only in the {'old' if name in old else 'new'} warehouse"
            continue
        for property_name, value in old[name].items():
            if value != new[name][property_name] and (name, property_name) not in _FREE:
                yield f"{name}: {property_name} is {_shorten(new[name][property_name])}, was {_shorten(value)}"


def _make_query(relation: str, old_columns: Definitions, new_columns: Definitions) -> str:
    """Return the query for what is compared of a table or view, with the times of runs as names."""
    selected = []
    for column, properties in _keep_columns(old_columns, {relation}).items():
        # Another type is a difference already, and its values cannot be compared.
        same_type = column in new_columns and properties["type"] == new_columns[column]["type"]
        if column in _LEFT_OUT_COLUMNS or not same_type:
            continue
        name = f'"{column.rpartition(".")[2]}"'
        value = _COMPARED_AS.get(column, name)
        if (properties["type"] or "").startswith("TIMESTAMP"):
            value = f"coalesce(getvariable('run_times')[{name}], {name}::varchar)"
        selected.append(f"{value} as {name}")
    schema, _, table = relation.partition(".")
    where = f" where ({_LEFT_OUT_ROWS[relation]}) is not true" if relation in _LEFT_OUT_ROWS else ""
    return f'select {", ".join(selected) or 1} from "{schema}"."{table}"{where}'


def _compare_rows(relation: str, old: pa.Table, new: pa.Table, memory: DuckDBPyConnection) -> Iterator[str]:
    """Yield a sentence if the rows differ: as multisets in both directions, and by a checksum as a second witness."""
    # Most tables have the same rows in the same order, which is seen at once.
    if old.equals(new):
        return
    memory.register("old", old)
    memory.register("new", new)
    memory.execute("create or replace table only_old as from old except all from new")
    memory.execute("create or replace table only_new as from new except all from old")
    old_count, new_count = (memory.table(name).count("*").fetchall()[0][0] for name in ("only_old", "only_new"))
    if old_count or new_count:
        example = _describe_example(*(_fetch_some(memory, name) for name in ("only_old", "only_new")))
        yield f"{relation}: rows only in the old warehouse {old_count}, only in the new {new_count}; {example}"
        return
    checksum = "select count(*), sum(hash(rows)::hugeint) from {} as rows"
    if memory.sql(checksum.format("old")).fetchall() != memory.sql(checksum.format("new")).fetchall():
        yield f"{relation}: the checksums of the rows differ, although no row does"


def _fetch_some(memory: DuckDBPyConnection, table: str) -> list[dict[str, Any]]:
    rows = memory.sql(f"from {table} order by all limit {_CANDIDATES}")
    return [dict(zip(rows.columns, row, strict=True)) for row in rows.fetchall()]


def _describe_example(only_old: list[dict[str, Any]], only_new: list[dict[str, Any]]) -> str:
    """Describe the first row of the old warehouse beside the most similar row of the new one, or the one that is."""
    if not only_old or not only_new:
        return f"for example {_describe_row((only_old or only_new)[0])}"
    old = only_old[0]
    new = max(only_new, key=lambda row: sum(row[name] == value for name, value in old.items()))
    changed = [name for name, value in old.items() if new[name] != value]
    if not changed:  # the same row, another number of times
        return f"for example {_describe_row(old)}"
    cells = (f"{name} is {_shorten(new[name])}, was {_shorten(old[name])}" for name in changed)
    same = {name: value for name, value in old.items() if name not in changed}
    return f"for example in {_describe_row(dict(list(same.items())[:3]))}: {'; '.join(cells)}"


def _describe_row(row: Mapping[str, Any]) -> str:
    return "(" + ", ".join(f"{name} {_shorten(value)}" for name, value in row.items() if value is not None) + ")"


def _shorten(value: Any) -> str:
    text = "NULL" if value is None else repr(value)
    return text if len(text) <= _LONGEST_TEXT else f"{text[:_LONGEST_TEXT]}…"


if __name__ == "__main__":
    main()
