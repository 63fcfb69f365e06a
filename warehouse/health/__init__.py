"""Check the data and the files, and clean up after killed runs."""
