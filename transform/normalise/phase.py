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
    """Read phases: a record's list joined by `/` (`PHASE2/PHASE1`, `NA`), or the page's wording.

    The page's wordings are `Phase 1/Phase 2`, `Early Phase 1` and `N/A`; case and outer spaces do not matter. The
    result has known phases in the order of the code list, each once. `Phase 1/2` is refused, because neither records
    nor pages write it, and a bare `2` is not a phase. NULL and the empty text (a record without phases) become NULL;
    they do not mean `NA`.

    Args:
        raw: phases as the record has them.

    Returns:
        On raw's index: `phase` (`str`: the known codes, then the unknown members as the record has them),
        `phase_label` (`str`), `phase_min` and `phase_max` (float64: 0.5 for early phase 1, then 1 to 4; NULL for
        `NA`), and `reason` (`str`). With a reason, label and numbers are NULL. There is a reason if a member is
        unknown, or if `NA` comes with a phase, which is a contradiction.
    """
    members = _split_members(raw.mask(raw == ""))
    by_row = members.groupby("row")
    # A row without members has no group: `reindex` brings it back, with NULLs.
    reason = _find_reasons(members).reindex(raw.index)
    phase = by_row["member"].agg("/".join).reindex(raw.index)
    label = by_row["label"].agg("/".join).reindex(raw.index)
    number = by_row["number"].agg(["min", "max"]).reindex(raw.index)

    is_read = reason.isna()
    return pd.DataFrame(
        {
            "phase": phase.astype("str"),
            "phase_label": label.astype("str").where(is_read),
            "phase_min": number["min"].where(is_read),
            "phase_max": number["max"].where(is_read),
            "reason": reason,
        }
    )


def _split_members(raw: pd.Series[str]) -> pd.DataFrame:
    """Return one line per member of each row: the known phases first, in order and each once.

    Returns:
        A frame with `row` (the member's index in raw), `member` (the code, or the text of an unknown member), `code`
        (NULL if unknown), `label`, `order` and `number`.
    """
    # `N/A` contains the separator. It is replaced by its code before the split, as is any other text that is one phase.
    unsplit = find_code(raw, "phase").fillna(raw)
    lists = unsplit.dropna().str.split("/")
    text = lists.explode().rename_axis("row").reset_index(name="text")

    code = find_code(text["text"], "phase")
    known = get_code_list("phase").set_index("code").reindex(code).set_axis(text.index)
    lines = pd.DataFrame(
        {
            "row": text["row"],
            "member": code.fillna(text["text"]),
            "code": code,
            "label": known["label"].fillna(text["text"]),
            "order": known["order"],
            "number": code.map(PHASE_NUMBERS).astype("float64"),
        }
    )
    # An unknown member has no code and is kept even if it is repeated. It has no order either, so it is sorted last.
    is_repeated = lines.duplicated(["row", "code"]) & code.notna()
    return lines[~is_repeated].sort_values(["row", "order"])


def _find_reasons(members: pd.DataFrame) -> pd.Series[str]:
    """Return, by row, why its phase cannot be read; NULL if it can. An unknown member is the stronger reason."""
    row = members["row"]
    has_unknown = members["code"].isna().groupby(row).any()
    has_na = (members["code"] == "NA").groupby(row).any()
    has_several = row.groupby(row).size() > 1
    reasons = pd.Series(index=has_unknown.index, dtype="str")
    return reasons.mask(has_na & has_several, NOT_APPLICABLE_BESIDE_PHASE).mask(has_unknown, UNKNOWN_PHASE)
