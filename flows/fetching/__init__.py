"""Fetch trials: in batches, one by one, or by pages of a listing."""
