"""Run tap-clinicaltrials with the registry at another base URL (`python tap.py URL …`).

The tap has the registry's address in its code. A made registry does not sort studies and does not describe its fields.
So the tap does not ask for sorting here, and the description is made from the first studies, which have every field.
"""

from __future__ import annotations

import sys
from itertools import chain
from typing import Any

import requests
from tap_clinicaltrials import streams, tap

_GET = requests.get
_TYPES = {bool: "boolean", int: "integer", float: "number"}


def main() -> None:
    """Point the tap at the URL, and pass it the rest of the command line."""
    registry = sys.argv.pop(1)
    streams.Studies = _make_stream(registry)
    tap.requests.get = lambda _address, **options: _make_metadata(_GET(f"{registry}/studies", **options))
    tap.TapClinicalTrials.cli()


def _make_stream(registry: str) -> type[streams.Studies]:
    class Studies(streams.Studies):
        url_base = registry.removesuffix("/v2")
        is_sorted = False

        def get_url_params(self, *page: Any) -> dict[str, Any]:
            return {name: value for name, value in super().get_url_params(*page).items() if name != "sort"}

    return Studies


def _make_metadata(first_studies: requests.Response) -> requests.Response:
    """Turn the answer with a page of studies into the answer that the tap expects of `/studies/metadata`."""
    children = describe_field("study", first_studies.json()["studies"])["children"]
    first_studies.json = lambda: children
    return first_studies


def describe_field(name: str, values: list[Any]) -> dict[str, Any]:
    """Describe a field in the form of the registry's metadata, from all its values."""
    if isinstance(values[0], list):
        element = describe_field(name, list(chain.from_iterable(values)))
        return element | {"type": f"{element['type']}[]"}
    if isinstance(values[0], dict):
        keys = dict.fromkeys(chain.from_iterable(values))
        children = [describe_field(key, [value[key] for value in values if key in value]) for key in keys]
        return {"name": name, "sourceType": "STRUCT", "type": "", "children": children}
    types = {_TYPES.get(type(value), "text") for value in values}
    return {"name": name, "sourceType": "", "type": types.pop() if len(types) == 1 else "number"}


if __name__ == "__main__":
    main()
