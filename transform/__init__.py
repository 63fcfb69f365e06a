"""Transform study records: the catalog of tables, the normalisers, the comparison of versions. No input or output."""
