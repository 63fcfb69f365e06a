"""The table of faults: what goes wrong, what users may expect then, and the tests that are marked as its proof."""

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
Written by `make docs` from `rows.tsv` and the tests; a test fails where it is not current.

**RETRY**: asked again, within limits. **QUAR**: a record or a value is set aside, the run goes on and ends with 3.
**HOLD**: nothing is published, yesterday's file stands, exit 1. **REFUSE**: no request is sent, exit 2.
**75**: exit 75. **OK**: nothing to see.

| | fault | users may expect | outcome | tests |
|---|---|---|---|---|
"""


@dataclass(frozen=True, slots=True)
class Row:
    """One fault."""

    number: int
    fault: str
    expected: str
    outcome: str


def rows() -> list[Row]:
    """Every fault, in the order of their numbers."""
    with (FOLDER / "rows.tsv").open(newline="") as file:
        return [Row(int(row.pop("number")), **row) for row in csv.DictReader(file, delimiter="\t")]


def proofs() -> Mapping[int, list[str]]:
    """The tests that are marked as a proof of each fault, as `file::name`, the file from `tests/` on."""
    found = defaultdict(list)
    tests = ROOT / "tests"
    for file in sorted(tests.rglob("test_*.py")):
        for test, number in _marked(ast.parse(file.read_text())):
            proof = f"{file.relative_to(tests)}::{test}"
            if proof not in found[number]:
                found[number].append(proof)
    return found


def as_markdown() -> str:
    """The table, with its head."""
    proven = proofs()
    return HEAD + "".join(
        f"| {row.number} | {row.fault} | {row.expected} | {row.outcome} | "
        f"{'<br>'.join(f'`{test}`' for test in proven.get(row.number, ())) or 'not yet'} |\n"
        for row in rows()
    )


def _marked(module: ast.Module) -> Iterator[tuple[str, int]]:
    """Each test with each number of its marks, those of its single cases among them."""
    for test in module.body:
        if isinstance(test, ast.FunctionDef) and test.name.startswith("test_"):
            calls = [node for decorator in test.decorator_list for node in ast.walk(decorator)]
            for call in calls:
                if isinstance(call, ast.Call) and ast.unparse(call.func) == MARK:
                    yield from ((test.name, ast.literal_eval(argument)) for argument in call.args)
