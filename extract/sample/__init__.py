"""The sample registry: a small HTTP server on loopback that speaks ClinicalTrials.gov's API v2.

It serves two nights of records that ship with the package, or any file of studies. Nothing here is imported
until a registry is started: `extract.sample.nights` gives the shipped one, `python -m extract.sample` serves
any.
"""
