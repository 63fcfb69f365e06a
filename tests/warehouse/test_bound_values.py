"""Values from outside reach SQL as bound values or session variables; only our own texts are written into SQL."""

from __future__ import annotations

import ast
import re

import pytest

from tests.support.folders import ROOT
from warehouse.paths import Paths
from warehouse.store import open_store

PACKAGES = ("extract", "transform", "warehouse", "flows")

# Some messages begin with "set" too, so `set` counts only before a name and a space, as in `set timezone = `.
BEGINS_LIKE_SQL = re.compile(
    r"\s*\(?((select|insert|update|delete|create|drop|alter|attach|detach|copy|explain|from|with|call)\b|set \w+ )"
)
CATALOG = "names and expressions from the catalog's TOML, which is part of the package"
WRITTEN = {
    # file: the reason why it may write expressions into SQL, and these expressions
    "transform/catalog/row_queries.py": (
        CATALOG,
        {
            "' union all '.join(parts)",
            "', '.join(columns)",
            "_ORDINAL",
            "_SOURCE",
            "_make_id(table)",
            "_unnest_list(holder.column)",
            "any_unreadable",
            "columns",
            "exists",
            "holder.source",
            "name_new_rows(refers.table)",
            "name_new_rows(table.qualified)",
            "quote_name(column.name)",
            "quote_text(holder.code_list)",
            "quote_text(holder.path)",
            "quote_text(table.display_name)",
            "refers.where",
            "rows",
            "same",
            "table.qualified",
            "target_columns",
            "texts",
            "values",
            "way.query",
        },
    ),
    "transform/catalog/list_walk.py": (CATALOG, {"', '.join(columns)", "query"}),
    "warehouse/connect.py": (
        "a path, as a literal, and our own names, options and settings: ATTACH and SET bind nothing",
        {"_METADATA_REUSE", "quote_text(str(file))", "quote_text(str(source))", "name", "options", "session"},
    ),
    "warehouse/loading/history.py": ("our own query: `from loaded_versions`", {"versions"}),
    "warehouse/loading/load.py": (CATALOG, {"table.qualified", "values", "differs"}),
    "warehouse/loading/rebuild.py": (CATALOG, {"trials.qualified"}),
    "warehouse/loading/rows.py": (
        f"{CATALOG}; the code lists of the package, as literals; and our own numbers",
        {
            "_NORMALISED_AT_A_TIME",
            "_name_gathered(table)",
            "codes",
            "columns",
            "found_table",
            "gathered",
            "make_rows_query(table, load_catalog())",
            "name_new_rows(table.qualified)",
            "query",
            "start",
            "table.qualified",
            "table.query",
        },
    ),
    "warehouse/loading/stage.py": (
        f"{CATALOG}; and a number of bytes",
        {"columns", "get_memory_limit(longest_line)", "record_type"},
    ),
    "warehouse/reading/export.py": (
        "names from DuckDB's catalog, quoted; a path and comments as literals: COPY binds nothing",
        {"_list_columns(entries, file_format)", "options", "quote_text(str(part))", "source"},
    ),
    "warehouse/reading/query.py": ("a person's own statement, which is refused unless it only reads", {"query"}),
    "warehouse/reading/script.py": (
        "a person's own statement, made a temporary table or view; its name is one word of it",
        {"'if not exists ' * exists", "'or replace ' * replaces", "'table' if is_table else 'view'", "name"},
    ),
    "warehouse/run_times.py": (
        "names from DuckDB's catalog of our own store, quoted",
        {"quote_name(schema)", "quote_name(table)", "name"},
    ),
    "warehouse/runs.py": ("names of columns that the module lists", {"names", "marks", "settings", "clause"}),
    "warehouse/schema.py": (
        "our own names, comments and code lists, and names from DuckDB's catalog, quoted",
        {
            "' union all '.join(counts)",
            "_make_comments(comments)",
            "kind",
            "quote_name(name)",
            "quote_name(schema)",
            "quote_name(table.name)",
            "quote_text(table.name)",
            "table",
            "values",
            "view",
        },
    ),
    "warehouse/soundness.py": ("names from a file's DuckDB catalog, quoted", {"source"}),
    "warehouse/sql/files.py": ("the name of a session variable: a keyword of a call in the code", {"variable"}),
}


def find_written_expressions(file):
    """Return the expressions that a file's f-strings write into what begins like SQL."""
    found = set()
    for node in ast.walk(ast.parse(file.read_text())):
        match node:
            case ast.JoinedStr(values=[ast.Constant(value=str(beginning)), *_]) if BEGINS_LIKE_SQL.match(beginning):
                found |= {ast.unparse(part.value) for part in node.values if isinstance(part, ast.FormattedValue)}
    return found


MODULES = sorted(file for package in PACKAGES for file in (ROOT / package).rglob("*.py"))


@pytest.mark.parametrize("file", MODULES, ids=lambda file: str(file.relative_to(ROOT)))
def test_only_listed_expressions_are_written_into_sql(file):
    """Every expression that an f-string writes into SQL is in `WRITTEN` with its reason; no outside value is."""
    _, expressions = WRITTEN.get(str(file.relative_to(ROOT)), ("", set()))
    assert find_written_expressions(file) == expressions


@pytest.mark.parametrize("file", MODULES, ids=lambda file: str(file.relative_to(ROOT)))
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
    """A store in a folder whose name is full of quotes is attached by its path, and no part of the name runs as SQL."""
    (tmp_path / name).mkdir()
    with open_store(Paths.of(tmp_path / name / "aclf.duckdb")) as store:
        assert store.execute("select count(*) from main.trials").fetchall() == [(0,)]
    assert (tmp_path / name / ".aclf" / "store.duckdb").exists()
