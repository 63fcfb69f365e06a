"""A phase has the same code in any order of its members, and only known phases have numbers."""

from __future__ import annotations

import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from transform.normalise.phase import normalise_phase

DTYPES = {
    "phase": "str",
    "phase_label": "str",
    "phase_min": "float64",
    "phase_max": "float64",
    "reason": "str",
}
ORDER = ["EARLY_PHASE1", "PHASE1", "PHASE2", "PHASE3", "PHASE4"]
UNKNOWN = "unknown phase"
BESIDE = "not applicable beside a phase"

READ = [
    # raw, phase, phase_label, phase_min, phase_max
    ("EARLY_PHASE1", "EARLY_PHASE1", "Early Phase 1", 0.5, 0.5),
    ("PHASE1", "PHASE1", "Phase 1", 1, 1),
    ("PHASE1/PHASE2", "PHASE1/PHASE2", "Phase 1/Phase 2", 1, 2),
    ("PHASE2/PHASE1", "PHASE1/PHASE2", "Phase 1/Phase 2", 1, 2),
    ("PHASE2", "PHASE2", "Phase 2", 2, 2),
    ("PHASE3/PHASE2/PHASE3", "PHASE2/PHASE3", "Phase 2/Phase 3", 2, 3),
    ("PHASE3", "PHASE3", "Phase 3", 3, 3),
    ("PHASE4", "PHASE4", "Phase 4", 4, 4),
    ("NA", "NA", "N/A", None, None),
    ("NA/NA", "NA", "N/A", None, None),
    ("N/A", "NA", "N/A", None, None),
    (" n/a ", "NA", "N/A", None, None),
    ("Not Applicable", "NA", "N/A", None, None),
    ("Phase 1/Phase 2", "PHASE1/PHASE2", "Phase 1/Phase 2", 1, 2),
    ("Phase 2 / phase 1", "PHASE1/PHASE2", "Phase 1/Phase 2", 1, 2),
    ("Early Phase 1", "EARLY_PHASE1", "Early Phase 1", 0.5, 0.5),
    ("Phase 0", "EARLY_PHASE1", "Early Phase 1", 0.5, 0.5),
    ("PHASE1/EARLY_PHASE1", "EARLY_PHASE1/PHASE1", "Early Phase 1/Phase 1", 0.5, 1),
    ("", None, None, None, None),
    (None, None, None, None, None),
]
FLAGGED = [
    # raw, phase, reason
    ("PHASE5", "PHASE5", UNKNOWN),
    ("PHASE9/PHASE2/X/PHASE1", "PHASE1/PHASE2/PHASE9/X", UNKNOWN),
    ("Phase 1/2", "PHASE1/2", UNKNOWN),
    ("Phase I", "Phase I", UNKNOWN),
    ("PHASE1|PHASE2", "PHASE1|PHASE2", UNKNOWN),
    ("PHASE1/", "PHASE1/", UNKNOWN),
    ("/", "/", UNKNOWN),
    (" ", " ", UNKNOWN),
    ("2", "2", UNKNOWN),
    ("NA/PHASE1", "PHASE1/NA", BESIDE),
    ("PHASE1/NA/PHASE7", "PHASE1/NA/PHASE7", UNKNOWN),
]


@pytest.mark.fault(22)
def test_phases_are_read() -> None:
    """Records' lists and the page's wordings give code, label and numbers; an absent phase is not `NA`."""
    expected = pd.DataFrame(READ, columns=["raw", "phase", "phase_label", "phase_min", "phase_max"])
    raw = expected.pop("raw")
    pd.testing.assert_frame_equal(normalise_phase(raw), expected.assign(reason=None).astype(DTYPES))


@pytest.mark.fault(21)
def test_an_unknown_phase_keeps_its_text() -> None:
    """An unknown member stays, after the known members, and the trial has no label and no numbers."""
    expected = pd.DataFrame(FLAGGED, columns=["raw", "phase", "reason"])
    result = normalise_phase(expected.pop("raw"))
    pd.testing.assert_frame_equal(result[["phase", "reason"]], expected.astype("str"))
    assert result[["phase_label", "phase_min", "phase_max"]].isna().all(axis=None)


@pytest.mark.fault(22)
@given(
    st.lists(st.sampled_from(ORDER), min_size=1, max_size=7).flatmap(
        lambda phases: st.tuples(st.just(phases), st.permutations(phases))
    )
)
@settings(deadline=None)
def test_the_order_of_the_record_does_not_matter(lists: tuple[list[str], list[str]]) -> None:
    """Any order and repetition of the same phases gives the same row, in the order of the phases."""
    result = normalise_phase(pd.Series(["/".join(phases) for phases in lists]))
    phases = sorted(set(lists[0]), key=ORDER.index)
    numbers = [[0.5, 1.0, 2.0, 3.0, 4.0][ORDER.index(phase)] for phase in phases]
    assert list(result["phase"]) == ["/".join(phases)] * 2
    assert list(result["phase_min"]) == [numbers[0]] * 2
    assert list(result["phase_max"]) == [numbers[-1]] * 2
    assert result["reason"].isna().all()


members = st.sampled_from([*ORDER, "NA", "N", "A", "N/A", "PHASE5", "Phase 1", "early phase 1", ""]) | st.text(
    max_size=5
)


@given(st.lists(st.none() | st.lists(members, max_size=4).map("/".join), min_size=1))
@settings(deadline=None)
def test_normalising_twice_changes_nothing(texts: list[str | None]) -> None:
    """For any text, the resulting code gives itself again, and the resulting label gives the same row."""
    raw = pd.Series(texts, dtype="str", index=[f"NCT{number}" for number in range(len(texts))])
    result = normalise_phase(raw)
    assert result.index.equals(raw.index)
    assert result.dtypes.astype(str).to_dict() == DTYPES
    assert result["phase"].notna().equals(raw.notna() & (raw != ""))
    assert result["phase_label"].notna().equals(result["phase"].notna() & result["reason"].isna())
    pd.testing.assert_frame_equal(normalise_phase(result["phase"]), result)
    labelled = result[result["phase_label"].notna()]
    pd.testing.assert_frame_equal(normalise_phase(labelled["phase_label"]), labelled)


@pytest.mark.parametrize("dtype", ["object", "float64", "str", "string"])
@pytest.mark.parametrize("size", [0, 2])
def test_an_empty_column_keeps_the_types(dtype: str, size: int) -> None:
    """A column without any value, of any type, gives NULLs of the usual types."""
    raw = pd.Series([None] * size, index=["a", "a"][:size], dtype=dtype)
    expected = pd.DataFrame(dict.fromkeys(DTYPES), index=raw.index).astype(DTYPES)
    pd.testing.assert_frame_equal(normalise_phase(raw), expected)
