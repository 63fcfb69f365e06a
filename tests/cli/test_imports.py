"""The product imports only its own declared dependencies, and nothing of the tests or of their tools."""

from __future__ import annotations

import ast
import re
import shutil
import sys
import tomllib
from functools import cache
from importlib.metadata import packages_distributions

import pytest

from tests.support.command_line import CommandLine
from tests.support.folders import ROOT

PRODUCT = ("extract", "flows", "transform", "warehouse")
TARGETS = ROOT / "warehouse" / "targets"
EXTRAS = {
    ROOT / "flows" / "assistant": ("mcp",),
    ROOT / "flows" / "cluster": ("dask",),
    TARGETS / "bucket.py": ("s3",),
    TARGETS / "ducklake.py": ("postgres",),
    TARGETS / "ducklake_connection.py": ("postgres", "s3"),
    TARGETS / "postgresql.py": ("postgres",),
}
"""The modules, or their folders, that need extras, by name; without them only their own command is missing."""

MODULES = sorted(file for package in PRODUCT for file in (ROOT / package).rglob("*.py"))


def list_names(requirements):
    """Return the names of the distributions in requirements such as `pandas>=3,<4`."""
    return {normalise_name(re.match(r"[A-Za-z0-9_.-]+", requirement)[0]) for requirement in requirements}


def normalise_name(distribution):
    """Return the name of a distribution as indexes compare it."""
    return re.sub(r"[-_.]+", "-", distribution).lower()


def list_imports(module):
    """Yield the top-level packages that a module imports, at its head or in a function."""
    for node in ast.walk(ast.parse(module.read_text())):
        if isinstance(node, ast.Import):
            yield from (alias.name.partition(".")[0] for alias in node.names)
        elif isinstance(node, ast.ImportFrom):
            assert node.level == 0, f"{module} has a relative import"
            yield node.module.partition(".")[0]


@cache
def declared_packages(extras):
    """Return the top-level packages that the dependencies in pyproject.toml bring, with those of extras."""
    project = tomllib.loads((ROOT / "pyproject.toml").read_text())["project"]
    added = [each for extra in extras for each in project["optional-dependencies"][extra]]
    declared = list_names([*project["dependencies"], *added])
    brought_by = packages_distributions()
    return {package for package, by in brought_by.items() if declared & set(map(normalise_name, by))}


@pytest.mark.parametrize("module", MODULES, ids=lambda module: str(module.relative_to(ROOT)))
def test_a_module_imports_only_declared_dependencies(module):
    """A module imports only Python's own packages, the product's, and those of dependencies in pyproject.toml."""
    foreign = set(list_imports(module)) - sys.stdlib_module_names - set(PRODUCT)
    assert foreign <= declared_packages(EXTRAS.get(module) or EXTRAS.get(module.parent, ()))


def test_every_package_is_covered():
    """The test above covers modules of every package."""
    assert {module.relative_to(ROOT).parts[0] for module in MODULES} == set(PRODUCT)


# What is slow to import.
ANALYSIS = {"numpy", "pandas", "pyarrow"}
NETWORK = {"requests", "tenacity", "urllib3"}
SCHEDULE = {"fastapi", "prefect", "uvicorn"}
PAGES = {"jinja2", "markdown_it", "rich", "vl_convert"}
OTHERS = {"boto3", "duckdb", "filelock", "orjson", "pydantic", "sqlglot", "tomllib", "mcp", "psycopg"}
SLOW = ANALYSIS | NETWORK | SCHEDULE | PAGES | OTHERS

LEAST = {
    # arguments of `aclf`: the slow packages that the command may import, because what it prints needs them
    ("--help",): set(),
    ("--version",): set(),
    ("status",): {"duckdb"},
    ("status", "--json"): {"duckdb"},
    ("runs", "--json"): {"duckdb"},
    ("query", "select count(*) from trials"): {"duckdb", "orjson"},
    ("show", "NCT03863002"): {"duckdb", "markdown_it"},
    ("show", "NCT03863002", "--json"): {"duckdb", "markdown_it"},
    ("show", "NCT03863002", "--html"): {"duckdb", "markdown_it", "jinja2"},
    ("changes", "NCT03863002"): {"duckdb"},
}


QUIET_NIGHT = NETWORK | {"duckdb", "filelock", "orjson", "tomllib"}


def list_imported(run):
    """Return the top-level packages that a run with `PYTHONPROFILEIMPORTTIME` imported."""
    # Each line ends with a module, also of those that DuckDB imports by itself.
    return {line.rpartition("|")[2].strip().partition(".")[0] for line in run.err.splitlines()}


@pytest.mark.parametrize("arguments", LEAST, ids=" ".join)
def test_a_command_imports_no_more_than_it_needs(aclf_after_both_nights, arguments):
    """A command that only reads leaves out the slow packages that it has no use for: start-up is most of its time."""
    run = aclf_after_both_nights(*arguments, PYTHONPROFILEIMPORTTIME="1")
    imported = list_imported(run)
    assert run.out
    assert "typer" in imported
    assert imported & SLOW <= LEAST[arguments]


def test_a_night_without_changes_imports_nothing_that_loads(tmp_path, aclf_after_both_nights):
    """A direct sync that finds nothing new imports neither Arrow nor pandas nor Prefect."""
    aclf = CommandLine(tmp_path / "here")
    shutil.copytree(aclf_after_both_nights.folder, aclf.folder, symlinks=True, dirs_exist_ok=True)
    # The sample's third and last night.
    assert aclf("sync", "--registry", "sample", "--direct").code == 0
    run = aclf("sync", "--registry", "sample", "--direct", PYTHONPROFILEIMPORTTIME="1")
    assert "Nothing has changed." in run.out
    assert list_imported(run) & SLOW <= QUIET_NIGHT
