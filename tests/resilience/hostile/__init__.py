"""Hostile input: what is tried, how it is made, and what may come of it."""
