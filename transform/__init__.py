"""What becomes of a record: the catalog of tables, the shredder, and the normalisers. No input or output."""
