"""Make small studies in the registry's form, and the contents of a registry that serves them."""

from __future__ import annotations

from typing import Any

import orjson

from extract.sample.contents import Contents

NIGHT = "2026-09-10T09:00:04"


def make_nct_id(number: int) -> str:
    """Return the NCT number for a number, such as NCT00000007 for 7."""
    return f"NCT{number:08}"


def make_study(number: int, *, title: str = "A trial", updated: str = "2024-01-31", **parts: Any) -> dict[str, Any]:
    """Make a small study; the parts may be `conditions`, `keywords`, `aliases`, `meshes` and `ancestors`."""
    identification = {"nctId": make_nct_id(number), "briefTitle": title}
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


def make_contents(*studies: dict[str, Any], **options: Any) -> Contents:
    """Make the contents of a registry that holds these studies on one night."""
    lines = [orjson.dumps(study) for study in studies]
    return Contents.from_ndjson(lines, **{"data_timestamp": NIGHT, **options})
