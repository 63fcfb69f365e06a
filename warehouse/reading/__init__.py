"""Read the published warehouse."""
