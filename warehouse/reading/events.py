"""The events of `main.news`. The command line knows them without a connection, so they are in a file of their own."""

EVENTS = ("joined", "opened", "stopped", "results", "sites")
"""What happens to a trial, in the order in which people read it."""

BEGAN = "began"
"""What happens to a condition set: its first trials."""
