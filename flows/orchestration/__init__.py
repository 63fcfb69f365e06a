"""The runs in Prefect: its settings, tasks, artifacts and failures."""
