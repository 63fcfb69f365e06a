"""Each of the sixty faults has a test that is marked as its proof, and the table of faults is current."""

from __future__ import annotations

from tests.tools.fault_table import README, find_proofs, make_page, read_faults

NUMBERS = range(1, 61)


def test_the_table_has_sixty_faults():
    """The faults have the numbers 1 to 60 in order; each says what goes wrong and what users may expect."""
    assert [row.number for row in read_faults()] == list(NUMBERS)
    assert all(row.fault and row.expected.endswith(".") and row.outcome for row in read_faults())


def test_every_fault_has_a_test():
    """Each number is in the mark of a test, and no mark has another number."""
    assert set(find_proofs()) == set(NUMBERS)


def test_the_table_is_current():
    """The table is what `make docs` writes."""
    assert README.read_text() == make_page(), "run: make docs"
