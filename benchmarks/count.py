"""`python -m benchmarks.count WAREHOUSE`: prints how many tables made from records it has, their rows, and its size."""

from __future__ import annotations

import sys
from pathlib import Path

import duckdb
import orjson

_OF_RECORDS = "select schema_name, table_name from duckdb_tables() where schema_name in ('main', 'ctgov', 'raw')"


def main() -> None:
    """Counts every row, and prints one JSON object."""
    file = Path(sys.argv[1])
    with duckdb.connect(str(file), read_only=True) as connection:
        tables = connection.execute(_OF_RECORDS).fetchall()
        counts = [connection.table(f"{schema}.{table}").count("*").fetchall()[0][0] for schema, table in tables]
    counted = {"tables": len(tables), "rows": sum(counts), "bytes": file.stat().st_size}
    sys.stdout.write(orjson.dumps(counted).decode() + "\n")


if __name__ == "__main__":
    main()
