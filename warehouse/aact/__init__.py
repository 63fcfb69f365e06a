"""AACT's SQL on the published warehouse: its views, PostgreSQL's functions as macros, and what only rewriting mends."""
