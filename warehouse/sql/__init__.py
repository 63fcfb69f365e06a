"""The SQL of the warehouse, as files."""
