"""Phases: one code in a fixed order, its wording, and numbers to compare by."""

from __future__ import annotations

import pandas as pd

from transform.normalise.distinct import on_distinct_values
from transform.normalise.lookup import find_code, get_code_list

UNKNOWN_PHASE = "unknown phase"
NOT_APPLICABLE_BESIDE_PHASE = "not applicable beside a phase"
PHASE_NUMBERS = {"EARLY_PHASE1": 0.5, "PHASE1": 1.0, "PHASE2": 2.0, "PHASE3": 3.0, "PHASE4": 4.0}


@on_distinct_values
def normalise_phase(raw: pd.Series[str]) -> pd.DataFrame:
    """Reads phases: a record's list joined by `/` (`PHASE2/PHASE1`, `NA`), or the page's wording.

    The page's wording (`Phase 1/Phase 2`, `Early Phase 1`, `N/A`) is taken in any case and with outer spaces.
    Known phases come out in the order of the code list, each once. `Phase 1/2` is refused: neither
    records nor pages write it, and a bare `2` is not a phase. NULL and the empty text (a record without
    phases) stay NULL; they do not mean `NA`.

    Args:
        raw: Phases as they came.

    Returns:
        On raw's index: `phase` (`str`; known codes, then unknown members as they came), `phase_label`
        (`str`), `phase_min` and `phase_max` (float64; 0.5 for early phase 1, then 1 to 4; NULL for `NA`), and
        `reason` (`str`). With a reason, label and numbers are NULL: a member is unknown, or `NA` stands
        beside a phase, which contradicts itself.
    """
    members = _members(raw.mask(raw == ""))
    reason = _reasons(members).reindex(raw.index)
    by_row = members.groupby("row")
    phase = by_row["member"].agg("/".join).reindex(raw.index)
    label = by_row["label"].agg("/".join).reindex(raw.index)
    number = by_row["number"].agg(["min", "max"]).reindex(raw.index)
    return pd.DataFrame(
        {
            "phase": phase.astype("str"),
            "phase_label": label.astype("str").where(reason.isna()),
            "phase_min": number["min"].where(reason.isna()),
            "phase_max": number["max"].where(reason.isna()),
            "reason": reason,
        }
    )


def _members(raw: pd.Series[str]) -> pd.DataFrame:
    """One line a member of each row's list: known phases first, in order and each once."""
    whole = find_code(raw, "phase").fillna(raw)  # `N/A` holds the separator, so it must not be split
    member = whole.dropna().str.split("/").explode().rename_axis("row").reset_index(name="member")
    code = find_code(member["member"], "phase")
    known = get_code_list("phase").set_index("code").reindex(code).set_axis(member.index)
    lines = pd.DataFrame(
        {
            "row": member["row"],
            "member": code.fillna(member["member"]),
            "code": code,
            "label": known["label"].fillna(member["member"]),
            "order": known["order"],
            "number": code.map(PHASE_NUMBERS).astype("float64"),
        }
    )
    repeated = lines.duplicated(["row", "code"]) & code.notna()
    return lines[~repeated].sort_values(["row", "order"])  # unknown ones have no order: last, as they came


def _reasons(members: pd.DataFrame) -> pd.Series[str]:
    """By row, why its phase is not taken as read; NULL where it is."""
    row = members["row"]
    unknown = members["code"].isna().groupby(row).any()
    beside = (members["code"] == "NA").groupby(row).any() & (row.groupby(row).size() > 1)
    taken = pd.Series(index=unknown.index, dtype="str")
    return taken.mask(beside, NOT_APPLICABLE_BESIDE_PHASE).mask(unknown, UNKNOWN_PHASE)
