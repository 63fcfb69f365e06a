"""Overall status: the registry's code, its wording, and the group that analysts count by."""

from __future__ import annotations

import pandas as pd

from transform.normalise.distinct import on_distinct_values
from transform.normalise.lookup import find_code, get_code_list

UNKNOWN_STATUS = "unknown overall status"


@on_distinct_values
def normalise_status(raw: pd.Series[str]) -> pd.DataFrame:
    """Read overall statuses, written as in the records (`NOT_YET_RECRUITING`) or as on the page (`Not yet recruiting`).

    Case and outer spaces do not matter. A status that is not among the registry's fourteen keeps its text, and does
    not get a label or a group.

    Args:
        raw: statuses as the record has them; NULL where it has none.

    Returns:
        On raw's index, all `str`: `overall_status` (the code, or the raw text of an unknown status), `status_label`,
        `status_group` (`planned`, `open`, `active`, `completed`, `stopped`, `unknown`, `expanded_access`,
        `withheld`), and `reason`, which is NULL unless the status is unknown.
    """
    code = find_code(raw, "overall_status")
    known = get_code_list("overall_status").set_index("code").reindex(code).set_axis(raw.index)
    reason = pd.Series(UNKNOWN_STATUS, index=raw.index, dtype="str")
    return pd.DataFrame(
        {
            "overall_status": code.fillna(raw),
            "status_label": known["label"],
            "status_group": known["group"],
            "reason": reason.where(raw.notna() & code.isna()),
        }
    )
