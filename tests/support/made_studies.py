"""Small studies in the registry's form, and contents made of them."""

from __future__ import annotations

from typing import Any

import orjson

from extract.sample.contents import Contents

NIGHT = "2026-09-10T09:00:04"


def nct_id(number: int) -> str:
    """The NCT number of that number: 7 is NCT00000007."""
    return f"NCT{number:08}"


def made_study(number: int, *, title: str = "A trial", updated: str = "2024-01-31", **parts: Any) -> dict[str, Any]:
    """A small study; `conditions`, `keywords`, `aliases`, `meshes` and `ancestors` are added as given."""
    identification = {"nctId": nct_id(number), "briefTitle": title}
    if "aliases" in parts:
        identification["nctIdAliases"] = parts["aliases"]
    conditions = {key: parts[key] for key in ("conditions", "keywords") if key in parts}
    browse = {key: [{"term": term} for term in parts[key]] for key in ("meshes", "ancestors") if key in parts}
    return {
        "protocolSection": {
            "identificationModule": identification,
            "statusModule": {"overallStatus": "RECRUITING", "lastUpdatePostDateStruct": {"date": updated}},
            "conditionsModule": conditions,
        },
        "derivedSection": {
            "miscInfoModule": {"versionHolder": "2026-09-10"},
            "conditionBrowseModule": browse,
        },
        "hasResults": False,
    }


def made_contents(*studies: dict[str, Any], **options: Any) -> Contents:
    """Contents that hold these studies on one night."""
    lines = [orjson.dumps(study) for study in studies]
    return Contents.from_ndjson(lines, **{"data_timestamp": NIGHT, **options})
