"""Print how many tables, columns, rows and bytes a DuckDB file has (`python count.py FILE.duckdb`).

Only tables with records count. The environment that wrote the file runs this, so it needs only DuckDB.
"""

from __future__ import annotations

import json
import sys
from pathlib import Path

import duckdb

_OF_RECORDS = """
select format('"{}"."{}"', schema_name, table_name), column_count
from duckdb_tables()
where not internal
  and schema_name not in ('codes', 'ops')  -- this project's code lists and run log
  and not starts_with(table_name, '_dlt_')  -- dlt's run log
"""


def main() -> None:
    """Count every row, and print one JSON object."""
    file = Path(sys.argv[1])
    with duckdb.connect(str(file), read_only=True) as connection:
        tables = connection.execute(_OF_RECORDS).fetchall()
        rows = [connection.table(table).count("*").fetchall()[0][0] for table, _ in tables]
    columns = sum(count for _, count in tables)
    counts = {"tables": len(tables), "columns": columns, "rows": sum(rows), "bytes": file.stat().st_size}
    sys.stdout.write(json.dumps(counts) + "\n")


if __name__ == "__main__":
    main()
