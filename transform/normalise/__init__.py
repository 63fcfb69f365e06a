"""Normalise status, phase, dates and ages with pandas."""
