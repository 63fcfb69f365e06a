"""The report lists the changes of a night by weight: what matters first, what only renews the record apart."""

from __future__ import annotations

from datetime import UTC, datetime

from flows.pages.report_changes import weigh_nights

NIGHT = datetime(2026, 9, 11, 3, tzinfo=UTC)
STATUS = "protocolSection.statusModule"


def make_change(nct_id, path, weight, **parts):
    """Return a row of `main.changes`."""
    row = {"changed_at": NIGHT, "nct_id": nct_id, "brief_title": f"Title {nct_id[-1]}", "path": path, "weight": weight}
    return row | {"kind": "changed", "element": None, "old_value": "old", "new_value": "new"} | parts


def test_major_changes_come_first_and_administrative_ones_are_apart():
    """A trial with a major change comes first; one with administrative changes only is among the others."""
    (night,) = weigh_nights(
        [
            make_change("NCT00000001", f"{STATUS}.statusVerifiedDate", "administrative"),
            make_change("NCT00000002", "protocolSection.identificationModule.briefTitle", "minor"),
            make_change("NCT00000003", f"{STATUS}.statusVerifiedDate", "administrative"),
            make_change("NCT00000003", f"{STATUS}.overallStatus", "major"),
            make_change("NCT00000003", "protocolSection.unknownModule.key", None),
        ]
    )
    assert [trial.nct_id for trial in night.trials] == ["NCT00000003", "NCT00000002"]
    first = night.trials[0]
    assert list(first.major) == ["overall status: old → new"]
    assert list(first.minor) == ["key: old → new"]
    assert list(first.administrative) == ["status verified date: old → new"]
    assert [(trial.nct_id, trial.title) for trial in night.others] == [("NCT00000001", "Title 1")]
    assert night.counts["changed"] == 3


def test_many_new_trials_are_counted():
    """A night on which more trials joined than are named has their number, and none of them in its lists."""
    joined = [
        make_change(f"NCT000000{number}", None, "major", kind="joined", reason="title", condition_set="made")
        for number in range(10, 22)
    ]
    (night,) = weigh_nights(joined)
    assert (night.unnamed, night.trials, night.others) == (12, (), ())
