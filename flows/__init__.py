"""The runs: their steps in plain Python, the same as Prefect flows, and the command line."""
