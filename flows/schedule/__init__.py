"""The schedule: Prefect deployments, and the process that runs them."""
