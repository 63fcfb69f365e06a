"""The sample registry: a small HTTP server on loopback with ClinicalTrials.gov's API v2.

It serves three nights of records that ship with the package, or any file of studies. The product imports it only when
it starts such a registry: `extract.sample.nights` has the three nights, `python -m extract.sample` serves any file.
"""
