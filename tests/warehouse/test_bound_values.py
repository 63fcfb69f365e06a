"""What comes from outside reaches SQL as a bound value or a session variable; what is written into SQL is our own."""

from __future__ import annotations

import ast
import re

import pytest

from tests.support.folders import ROOT
from warehouse.paths import Paths
from warehouse.store import open_store

PACKAGES = ("extract", "transform", "warehouse", "flows")
BEGINS_LIKE_SQL = re.compile(
    r"\s*\(?(select|insert|update|delete|create|drop|alter|attach|detach|set|copy|explain|from|with|call)\b"
)
CATALOG = "names and expressions of the catalog's TOML, which ships with the package"
WRITTEN = {
    # file: why what it writes into SQL may stand there, and the expressions that it writes
    "transform/catalog/row_queries.py": (
        CATALOG,
        {
            *(
                "columns",
                "table.qualified",
                "new_rows(table.qualified)",
                "literal(table.spoken)",
                "values",
                "texts",
                "rows",
            ),
            *(
                "' or '.join((f'({condition})' for condition in unread.values()))",
                "' union all '.join(parts)",
                "_PLACE",
            ),
            *(
                "', '.join(columns)",
                "way.query",
                "there",
                "quoted(column.name)",
                "new_rows(refers.table)",
                "refers.where",
            ),
            *(
                "same",
                "_id(table)",
                "literal(holder.path)",
                "_each(holder.column)",
                "literal(holder.code_list)",
                "_SOURCE",
            ),
            "holder.source",
        },
    ),
    "transform/catalog/list_walk.py": (CATALOG, {"', '.join(columns)", "query"}),
    "warehouse/connect.py": (
        "a path, as a literal, and our own names, options and settings: ATTACH and SET bind nothing",
        {"literal(str(file))", "name", "options", "session"},
    ),
    "warehouse/loading/history.py": ("a table of ours: `from loaded_versions`", {"versions"}),
    "warehouse/loading/load.py": (CATALOG, {"table.qualified", "values", "differs"}),
    "warehouse/reading/query.py": (
        "a person's own statement, which is refused unless it only reads",
        {"explained.query"},
    ),
    "warehouse/loading/rebuild.py": (CATALOG, {"trials.qualified"}),
    "warehouse/loading/rows.py": (
        f"{CATALOG}; and the code lists that ship with it, as literals",
        {
            *(
                "_gathered(table)",
                "_NORMALISED_AT_A_TIME",
                "start",
                "codes",
                "new_rows(table.qualified)",
                "table.qualified",
            ),
            "rows_query(table, catalog())",
            "columns",
            "gathered",
            "table.query",
            "found",
            "query",
        },
    ),
    "warehouse/reading/export.py": (
        "names that DuckDB tells of the catalog, quoted; a path and comments as literals: COPY binds none",
        {"_values(columns, form)", "source", "literal(str(part))", "_options(form, comment, told)"},
    ),
    "warehouse/runs.py": ("names of columns that the module lists", {"names", "marks", "settings", "clause"}),
    "warehouse/schema.py": (
        "names and code lists of ours, and names that DuckDB tells of its own catalog, quoted",
        {"table", "values", "kind", "quoted(schema)", "quoted(name)"},
    ),
    "warehouse/health/file_checks.py": (
        "names that DuckDB tells of a file's catalog, quoted",
        {"quoted(schema)", "quoted(table)"},
    ),
    "warehouse/sql/files.py": ("the name of a session variable: a keyword of a call in the code", {"variable"}),
    "warehouse/loading/stage.py": (
        f"{CATALOG}; and a number of bytes",
        {"staged_columns(catalog())", "literal(record_type(catalog()))", "memory_for(longest_line)"},
    ),
}


def written(file):
    """The expressions that a file's f-strings write into what begins like SQL."""
    found = set()
    for node in ast.walk(ast.parse(file.read_text())):
        match node:
            case ast.JoinedStr(values=[ast.Constant(value=str(beginning)), *_]) if BEGINS_LIKE_SQL.match(beginning):
                found |= {ast.unparse(part.value) for part in node.values if isinstance(part, ast.FormattedValue)}
    return found


def python_files():
    """The product's modules."""
    return [
        file for package in ("extract", "transform", "warehouse", "flows") for file in (ROOT / package).rglob("*.py")
    ]


@pytest.mark.parametrize("file", python_files(), ids=lambda file: str(file.relative_to(ROOT)))
def test_only_what_is_listed_is_written_into_sql(file):
    """Whatever an f-string writes into SQL is listed here with the reason why it may; an id or a text never is."""
    assert written(file) == WRITTEN.get(str(file.relative_to(ROOT)), ("", set()))[1]


@pytest.mark.parametrize("file", python_files(), ids=lambda file: str(file.relative_to(ROOT)))
def test_sql_is_not_formatted_in_any_other_way(file):
    """No module uses `%` or `format` on a text that begins like SQL."""
    for node in ast.walk(ast.parse(file.read_text())):
        match node:
            case ast.BinOp(left=ast.Constant(value=str(text)), op=ast.Mod()):
                assert not BEGINS_LIKE_SQL.match(text)
            case ast.Call(func=ast.Attribute(value=ast.Constant(value=str(text)), attr="format")):
                assert not BEGINS_LIKE_SQL.match(text)


@pytest.mark.parametrize("name", ["it's", "a; drop table x", 'q"q', "ünï 'x' --"])
def test_a_path_is_a_literal(tmp_path, name):
    """A folder whose name is full of quotes is attached by its name, and nothing in it is run."""
    (tmp_path / name).mkdir()
    with open_store(Paths.of(tmp_path / name / "aclf.duckdb")) as store:
        assert store.execute("select count(*) from main.trials").fetchall() == [(0,)]
    assert (tmp_path / name / ".aclf" / "store.duckdb").exists()
