"""How much memory DuckDB may hold; what is more goes to `.aclf/scratch`. Python and pandas take some 400 MB besides."""

MEMORY = 550_000_000
"""Bytes, whatever the number of trials: a load works on some of them at a time. With Python, below 1 GB at 30,000."""

_LENGTHS_OF_A_LINE = 20
"""What a very long record takes on its way into the tables, in its own lengths."""


def memory_for(longest_line: int) -> int:
    """The bytes that DuckDB needs for records of which the longest has this many."""
    return MEMORY + _LENGTHS_OF_A_LINE * longest_line
