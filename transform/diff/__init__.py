"""Compare two versions of a study record."""
