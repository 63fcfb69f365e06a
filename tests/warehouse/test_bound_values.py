"""Values from outside reach SQL apart from its text; only our own texts are written into SQL."""

from __future__ import annotations

import ast
import re
import subprocess
import sys
from datetime import UTC, date, datetime, timedelta, timezone

import duckdb
import pytest

from tests.support.folders import ROOT
from warehouse.bound_values import execute_with, write_literal
from warehouse.paths import Paths
from warehouse.store import open_store

PACKAGES = ("extract", "transform", "warehouse", "flows")

# Some messages begin with "set" too, so `set` counts only before a name and a space, as in `set timezone = `.
BEGINS_LIKE_SQL = re.compile(
    r"\s*\(?((select|insert|update|delete|create|drop|alter|attach|detach|copy|explain|from|with|call)\b|set \w+ "
    r"|prepare \w+ as|execute \w+\(|json_transform\()"
)
CATALOG = "names and types from the catalog's TOML, which is part of the package"
NAMES = "names from the DuckDB catalog of our own file, quoted"
WRITTEN = {
    # file: the reason why it may write expressions into SQL, and these expressions
    "transform/catalog/definitions.py": (CATALOG, {"columns", "table.qualified"}),
    "transform/shredding/parse.py": (
        "the structure of a record, from the catalog, as a literal",
        {"quote_text(structure)"},
    ),
    "warehouse/bound_values.py": (
        "one of our own statements; its values, each written as a literal",
        {"', '.join((write_literal(value) for value in values))", "statement"},
    ),
    "warehouse/connect.py": (
        "a path, as a literal, and our own names, options and settings: ATTACH and SET bind nothing",
        {
            "quote_text(str(file))",
            "quote_text(str(source))",
            "quote_text(str(scratch))",
            "int(get_memory_limit() * share)",
            "name",
            "options",
            "session",
        },
    ),
    "warehouse/health/checks.py": (f"{CATALOG}, also as literals", {"quote_text(table)", "table"}),
    "warehouse/kept_rules.py": ("rules, with each value as a literal: a list of rows binds nothing", {"rows"}),
    "warehouse/loading/history.py": ("our own query: `from loaded_versions`", {"versions"}),
    "warehouse/loading/load.py": (
        f"{CATALOG}; and our own temporary tables",
        {"table", "table.qualified", "values", "differs"},
    ),
    "warehouse/loading/normalised_tables.py": (CATALOG, {"name", "table.qualified"}),
    "warehouse/loading/related_trials.py": ("our own condition: the lists that can differ", {"differing"}),
    "warehouse/loading/rows.py": (
        f"{CATALOG}; and our own tables and clause",
        {"changed_only", "table", "table.qualified", "table.query"},
    ),
    "warehouse/loading/trials.py": ("the name of the one table that pandas normalises", {"TRIALS"}),
    "warehouse/reading/exported_workbook.py": ("a path of our own, as a literal", {"quote_text(str(part))"}),
    "warehouse/reading/profile.py": ("names from DuckDB's catalog, quoted", {"', '.join(selected)", "source"}),
    "warehouse/reading/sorted_copy.py": (
        "names from DuckDB's catalog, quoted; paths, numbers and comments as literals: COPY binds nothing",
        {"columns", "options", "pieces", "query", "quote_text(str(file))", "selection", "source"},
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
    "flows/assistant/asking.py": ("a number of bytes: a setting binds nothing", {"get_memory_limit()"}),
    "warehouse/set_views.py": (
        "names and comments of the warehouse's own sets and columns, quoted: CREATE and COMMENT bind nothing",
        {"view", "is_member"},
    ),
    "warehouse/soundness.py": (
        "names from a file's DuckDB catalog, quoted; a number of bytes",
        {"source", "get_memory_limit()"},
    ),
    "warehouse/targets/ducklake.py": (
        f"{NAMES}; texts of our own and of the store as literals: CALL and SET bind nothing",
        {
            *("LAKE", "PUBLISHED", "_KEEP_FILES", "_KEEP_SNAPSHOTS", "chosen", "columns", "schema"),
            *("quote_text(_AUTHOR)", "quote_text(message)", "quote_text(name)", "quote_text(str(value))"),
            "table.quoted_name",
        },
    ),
    "warehouse/targets/ducklake_connection.py": (
        "our own names and options; paths and a person's address, as literals: ATTACH and SET bind nothing",
        {
            *("LAKE", "PUBLISHED", "folders", "given", "pattern", "place"),
            *("quote_text(bucket)", "quote_text(data_path)", "quote_text(str(file))"),
        },
    ),
    "warehouse/targets/ducklake_objects.py": (NAMES, {"forms", "quote_name(name)", "quote_name(schema)", "what"}),
    "warehouse/targets/postgresql.py": (
        f"{NAMES}; our own names; a path as a literal: COPY binds nothing",
        {
            *("columns", "kind", "name", "rows", "schema", "table.quoted_name", "values"),
            *("quote_text(NULL)", "quote_text(str(source.csv_file))"),
        },
    ),
    "warehouse/targets/postgresql_tables.py": (
        NAMES,
        {
            *("columns", "quote_name(f'{table.name}_nct_id')", "quote_name(name)", "quote_name(schema)"),
            "table.quoted_name",
        },
    ),
    "warehouse/targets/source.py": (NAMES, {"table.quoted_name"}),
    "warehouse/sql/files.py": (
        "the name of a session variable, a keyword of a call in the code; and its value, as a literal",
        {"variable", "write_literal(value)"},
    ),
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


VALUES = [
    *(None, True, False, 0, -1, 2**62, 1.5, -1e300, float("inf")),
    *("", "it's", "''", "a'); drop table t; --", "$1 ? %s {x}", "line\nline", "back\\slash", "ünï 肝", "E'x'"),
    *("\0", "a\0'b\0"),
    *(date(1, 1, 1), date(9999, 12, 31), datetime(2026, 1, 2, 3, 4, 5, 678, tzinfo=UTC)),
    *(datetime(2026, 1, 2, 3, 4, tzinfo=timezone(timedelta(hours=5))), ["a", "b'; --", None], [1, 2], []),
]


@pytest.mark.parametrize("value", VALUES, ids=ascii)
def test_a_value_arrives_as_it_is(value):
    """DuckDB has each value as it was given, whatever a text holds, and beside other values."""
    with duckdb.connect() as connection:
        connection.execute("set timezone = 'Asia/Tokyo'")
        rows = execute_with(connection, "-- a comment\nselect $2, $1, $2;", ["other", value]).fetchall()
    assert rows == [(value, "other", value)]


def test_question_marks_take_values_in_order():
    """`?` takes the values one after the other, and a statement without parameters runs as it is."""
    with duckdb.connect() as connection:
        assert execute_with(connection, "select ?, ?", [1, "b"]).fetchall() == [(1, "b")]
        assert execute_with(connection, "select 1", ()).fetchall() == [(1,)]


def test_a_value_of_another_type_is_refused():
    """A value that has no literal is refused, and not written as whatever text it has."""
    with pytest.raises(TypeError, match="type object"):
        write_literal([object()])


def test_giving_values_imports_no_pandas():
    """DuckDB's own binding imports pandas, and this does not."""
    code = (
        "import sys, duckdb; from warehouse.bound_values import execute_with;"
        "execute_with(duckdb.connect(), 'select $1, $2', ['a', 1]).fetchall();"
        "sys.exit('pandas' in sys.modules)"
    )
    assert subprocess.run([sys.executable, "-c", code], cwd=ROOT, check=False).returncode == 0
