"""`python tap.py URL …`: tap-clinicaltrials against the registry at that base URL, all else as it is.

The tap has the registry's address in its code. A made registry neither sorts nor describes its fields: no sorting is
asked for, and the description is made from its first studies, which have every field.
"""

from __future__ import annotations

import sys
from typing import Any

import requests
from tap_clinicaltrials import streams, tap

_GET = requests.get
_TYPES = {bool: "boolean", int: "integer", float: "number"}


def main() -> None:
    """Points the tap at the URL, and gives it the rest of the command line."""
    registry = sys.argv.pop(1)
    streams.Studies = _studies_at(registry)
    tap.requests.get = lambda _address, **options: _metadata(_GET(f"{registry}/studies", **options))
    tap.TapClinicalTrials.cli()


def _studies_at(registry: str) -> type[streams.Studies]:
    class Studies(streams.Studies):
        url_base = registry.removesuffix("/v2")
        is_sorted = False

        def get_url_params(self, *page: Any) -> dict[str, Any]:
            return {name: value for name, value in super().get_url_params(*page).items() if name != "sort"}

    return Studies


def _metadata(first_studies: requests.Response) -> requests.Response:
    """The answer that the tap would have to `/studies/metadata`, from a page of studies."""
    children = described("study", first_studies.json()["studies"])["children"]
    first_studies.json = lambda: children
    return first_studies


def described(name: str, values: list[Any]) -> dict[str, Any]:
    """A field in the form of the registry's metadata, by all the values that it has."""
    if isinstance(values[0], list):
        element = described(name, [value for elements in values for value in elements])
        return element | {"type": f"{element['type']}[]"}
    if isinstance(values[0], dict):
        keys = dict.fromkeys(key for value in values for key in value)
        children = [described(key, [value[key] for value in values if key in value]) for key in keys]
        return {"name": name, "sourceType": "STRUCT", "type": "", "children": children}
    types = {_TYPES.get(type(value), "text") for value in values}
    return {"name": name, "sourceType": "", "type": types.pop() if len(types) == 1 else "number"}


if __name__ == "__main__":
    main()
