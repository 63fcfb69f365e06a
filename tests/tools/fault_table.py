"""Make the table of faults: what goes wrong, what users may expect then, and the tests that prove it."""

from __future__ import annotations

import ast
import csv
from collections import defaultdict
from dataclasses import dataclass
from typing import TYPE_CHECKING

from tests.support.folders import ROOT

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

FOLDER = ROOT / "tests" / "resilience" / "faults"
README = FOLDER / "README.md"
MARK = "pytest.mark.fault"
HEAD = """# Sixty faults

What goes wrong, what users may expect then, and the tests that prove it: those marked `@pytest.mark.fault(number)`.
`make docs` writes this page from `rows.tsv` and the tests; a test fails if it is not current.

**RETRY**: the request is sent again, within limits. **QUAR**: a record or a value is set aside; the run goes on and
ends with exit code 3. **HOLD**: nothing is published, yesterday's file stands, exit code 1. **REFUSE**: no request is
sent, exit code 2. **75**: exit code 75. **OK**: users notice nothing.

| | fault | users may expect | outcome | tests |
|---|---|---|---|---|
"""


@dataclass(frozen=True, slots=True)
class FaultRow:
    """One fault of `rows.tsv`."""

    number: int
    fault: str
    expected: str
    outcome: str


def read_faults() -> list[FaultRow]:
    """Return every fault, in the order of their numbers."""
    with (FOLDER / "rows.tsv").open(newline="") as file:
        return [FaultRow(int(row.pop("number")), **row) for row in csv.DictReader(file, delimiter="\t")]


def find_proofs() -> Mapping[int, list[str]]:
    """Return the tests that are marked as a proof of each fault, as `file::name` with the path below `tests/`."""
    proofs = defaultdict(list)
    tests = ROOT / "tests"
    for file in sorted(tests.rglob("test_*.py")):
        for test, number in _read_marks(ast.parse(file.read_text())):
            proof = f"{file.relative_to(tests)}::{test}"
            # A test with several marked cases counts once.
            if proof not in proofs[number]:
                proofs[number].append(proof)
    return proofs


def make_page() -> str:
    """Return the page with the table as Markdown."""
    proofs = find_proofs()
    lines = []
    for row in read_faults():
        tests = "<br>".join(f"`{test}`" for test in proofs.get(row.number, ()))
        lines.append(f"| {row.number} | {row.fault} | {row.expected} | {row.outcome} | {tests or 'not yet'} |\n")
    return HEAD + "".join(lines)


def _read_marks(module: ast.Module) -> Iterator[tuple[str, int]]:
    """Yield each test with each number of its marks; the marks of single cases of a test count too."""
    for test in module.body:
        if isinstance(test, ast.FunctionDef) and test.name.startswith("test_"):
            for call in _list_decorator_nodes(test):
                if isinstance(call, ast.Call) and ast.unparse(call.func) == MARK:
                    yield from ((test.name, ast.literal_eval(argument)) for argument in call.args)


def _list_decorator_nodes(test: ast.FunctionDef) -> list[ast.AST]:
    nodes: list[ast.AST] = []
    for decorator in test.decorator_list:
        nodes += ast.walk(decorator)
    return nodes
