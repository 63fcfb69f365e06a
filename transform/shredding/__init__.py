"""Shred study records: the catalog's tables as Arrow, without SQL and without a store."""
