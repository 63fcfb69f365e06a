"""Load records into the archive, and make the tables from it."""
