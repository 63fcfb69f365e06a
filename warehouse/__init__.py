"""The DuckDB files: the private store that runs write, and the published warehouse that analysts read."""
