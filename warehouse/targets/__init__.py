"""Publish the warehouse to places beside the file: databases, folders, buckets."""
