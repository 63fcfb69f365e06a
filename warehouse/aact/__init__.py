"""AACT's SQL on the published warehouse: AACT's views, PostgreSQL's functions as macros, and a rewrite of the rest."""
