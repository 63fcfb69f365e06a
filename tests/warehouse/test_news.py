"""`main.news` has what people want to hear of, while a trial is in a set."""

from __future__ import annotations

import pytest

from tests.support.made_studies import make_study
from tests.support.three_nights import NIGHTS, SEVEN, sync_three_nights
from tests.support.warehouses import make_five_members, make_member_study, with_value

STATUS = "protocolSection.statusModule.overallStatus"
NEWS = "select nct_id, event, number, condition_sets from news where run_id = $1 order by nct_id nulls first, event"


def test_three_nights_have_their_news(make_warehouse):
    """The set began, trial 7 got a site and then results, and trial 9, which had left, came back."""
    warehouse = make_warehouse()
    sync_three_nights(warehouse)
    rows = warehouse.rows(
        "select changed_at, run_id, nct_id, brief_title, event, number from news order by run_id, nct_id"
    )
    assert [(f"{moment:%Y-%m-%d %H:%M}", *rest) for moment, *rest in rows] == [
        (NIGHTS[0], 1, None, None, "began", 11),
        (NIGHTS[1], 2, SEVEN, "Tide", "sites", 1),
        (NIGHTS[2], 3, SEVEN, "Tide", "results", None),
        (NIGHTS[2], 3, "NCT00000009", "A trial", "joined", None),
    ]


@pytest.mark.parametrize(
    ("old", "new", "event"),
    [
        ("NOT_YET_RECRUITING", "RECRUITING", "opened"),
        ("UNKNOWN", "ENROLLING_BY_INVITATION", "opened"),
        ("RECRUITING", "ENROLLING_BY_INVITATION", None),
        ("RECRUITING", "COMPLETED", None),
        ("RECRUITING", "WITHDRAWN", "stopped"),
        ("SUSPENDED", "TERMINATED", None),
        ("SUSPENDED", "RECRUITING", "opened"),
    ],
)
@pytest.mark.quick(3)
def test_change_of_group_is_an_event(warehouse, old, new, event):
    """A status of another group is news if the trial opens or stops; one of the same group is not."""
    for status in (old, new):
        warehouse.serve(*make_five_members()[1:], with_value(make_member_study(1), STATUS, status))
        warehouse.sync(full=True)
    assert warehouse.rows(NEWS, 2) == ([("NCT00000001", event, None, ["made"])] if event else [])


def test_trials_outside_of_the_sets_are_no_news(warehouse):
    """A trial that was only backfilled opens without news; one that leaves is news on that night and not after it."""
    warehouse.serve(*make_five_members(), make_study(9))
    warehouse.sync()
    warehouse.backfill("NCT00000009")
    stopped = with_value(make_study(1, conditions=["Another illness"], updated="2025-01-01"), STATUS, "TERMINATED")
    outsider = with_value(make_study(9, updated="2025-01-01"), STATUS, "TERMINATED")
    warehouse.serve(*make_five_members()[1:], stopped, outsider)
    warehouse.sync(accept_shrink=True)
    warehouse.backfill("NCT00000009")
    assert warehouse.rows(NEWS, 3) == [("NCT00000001", "stopped", None, ["made"])]
    warehouse.serve(*make_five_members()[1:], with_value(stopped, STATUS, "RECRUITING"), outsider)
    warehouse.backfill("NCT00000001")
    assert warehouse.rows("select run_id, event from news order by all") == [(1, "began"), (3, "stopped")]
