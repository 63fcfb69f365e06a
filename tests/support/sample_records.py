"""The records of the sample registry's files, and the values at their paths."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

from tests.support.folders import ROOT

if TYPE_CHECKING:
    from collections.abc import Iterator

Study = dict[str, Any]
Night = dict[str, Study]

SAMPLE = ROOT / "extract" / "sample" / "data"


def get_value(study: Study, path: str) -> Any:
    """Return the value at a path below `protocolSection`, through lists; None where there is no value."""
    value: Any = study["protocolSection"]
    for key in path.split("."):
        value = [item[key] for item in value] if isinstance(value, list) else value.get(key, {})
    return None if value == {} else value


def find_leaves(value: Any, key: str = "") -> Iterator[tuple[str, Any]]:
    """Yield every value that is neither an object nor a list, with its nearest key."""
    if isinstance(value, dict):
        for name, item in value.items():
            yield from find_leaves(item, name)
    elif isinstance(value, list):
        for item in value:
            yield from find_leaves(item, key)
    else:
        yield key, value


def read_night(night: str) -> tuple[str, Night]:
    """Return the text of one night's file, and its studies by NCT number in the file's order."""
    text = (SAMPLE / f"{night}_night.ndjson").read_text("utf-8")
    studies = (json.loads(line) for line in text.split("\n")[:-1])
    return text, {get_value(study, "identificationModule.nctId"): study for study in studies}
