"""Each of the sixty faults has a test that is marked as its proof, and the table of them is current."""

from __future__ import annotations

from tests.tools.fault_table import README, as_markdown, proofs, rows

NUMBERS = range(1, 61)


def test_the_table_has_sixty_faults():
    """The faults are numbered from 1 to 60, in order, and each says what goes wrong and what users may expect."""
    assert [row.number for row in rows()] == list(NUMBERS)
    assert all(row.fault and row.expected.endswith(".") and row.outcome for row in rows())


def test_every_fault_has_a_test():
    """Each number is on the mark of a test, and no mark has another number."""
    assert set(proofs()) == set(NUMBERS)


def test_the_table_is_current():
    """The table is what `python -m tests.resilience.faults` writes."""
    assert README.read_text() == as_markdown(), "run: python -m tests.resilience.faults"
