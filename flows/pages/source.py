"""Whose data a page or a file shows, and of when: the U.S. National Library of Medicine asks for this line."""

from __future__ import annotations

from extract.client import api
from extract.printable import clean_name, clean_sentence
from flows.settings import SAMPLE

_REGISTRY = "https://clinicaltrials.gov/"
_SAMPLE_NOTE = "Changed for the sample registry that ships with aclf-trials: not a source on any trial."


def format_source(registry: str | None, data_timestamp: str | None) -> str:
    """Return the line that names the source of data and its time.

    Args:
        registry: the address that a run asked, or `sample`; None if that is not known.
        data_timestamp: the time of the registry's data, in UTC.
    """
    time = clean_name(data_timestamp or "").replace("T", " ")
    line = f"Source: {api.SOURCE}" + (f"; data of {time} UTC." if time else ".")
    if registry == SAMPLE:
        return f"{line} {_SAMPLE_NOTE}"
    if registry and not registry.startswith(_REGISTRY):
        return f"{line} Read from {clean_sentence(registry)}."
    return line
