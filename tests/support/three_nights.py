"""Make three nights of a small set: one trial changes twice, another leaves and returns."""

from __future__ import annotations

from typing import TYPE_CHECKING

from tests.support.clock import clock_stands_at
from tests.support.made_studies import make_study
from tests.support.warehouses import make_member_study, with_value

if TYPE_CHECKING:
    from collections.abc import Callable

    from tests.support.warehouses import Study, Warehouse

SEVEN, EIGHT, NINE = "NCT00000007", "NCT00000008", "NCT00000009"
STATUS = "protocolSection.statusModule"
DESIGN = "protocolSection.designModule"
LOCATIONS = "protocolSection.contactsLocationsModule.locations"
NIGHTS = ("2026-10-01 03:00", "2026-10-02 03:00", "2026-10-05 03:00")
LISBON = {"facility": "Made Hospital", "city": "Lisbon"}
OSLO = {"facility": "Made Clinic", "city": "Oslo"}


def make_planned_study() -> Study:
    """Make trial 7 as the first night has it."""
    study = make_member_study(7, title="Tide", updated="2026-09-01")
    study = with_value(study, f"{STATUS}.completionDateStruct", {"date": "2027-01-15", "type": "ESTIMATED"})
    study = with_value(study, f"{DESIGN}.enrollmentInfo", {"count": 100, "type": "ESTIMATED"})
    return with_value(study, LOCATIONS, [LISBON])


def make_completed_study() -> Study:
    """Make trial 7 as the second night has it.

    It is completed a month later than planned, with fewer participants and one more site.
    """
    study = with_value(make_planned_study(), f"{STATUS}.overallStatus", "COMPLETED")
    study = with_value(study, f"{STATUS}.completionDateStruct", {"date": "2027-02-14", "type": "ACTUAL"})
    study = with_value(study, f"{DESIGN}.enrollmentInfo", {"count": 88, "type": "ACTUAL"})
    study = with_value(study, f"{STATUS}.lastUpdatePostDateStruct", {"date": "2026-10-01"})
    return with_value(study, LOCATIONS, [OSLO, LISBON])


def make_study_with_results() -> Study:
    """Make trial 7 as the third night has it: with results."""
    study = with_value(make_completed_study(), "hasResults", True)
    study = with_value(study, f"{STATUS}.lastUpdatePostDateStruct", {"date": "2026-10-04"})
    return with_value(study, f"{STATUS}.resultsFirstPostDateStruct", {"date": "2026-10-04"})


def sync_three_nights(warehouse: Warehouse, after_each: Callable[[], object] = lambda: None) -> None:
    """Sync the warehouse on three nights: trial 7 changes twice, trial 8 never, trial 9 leaves and returns.

    Args:
        warehouse: an empty warehouse.
        after_each: called after each night.
    """
    others = [make_member_study(8), *(make_member_study(number) for number in range(11, 19))]
    cured = make_study(9, conditions=["Another illness"], updated="2026-10-01")
    back = make_member_study(9, updated="2026-10-04")
    nights = (
        [make_planned_study(), make_member_study(9)],
        [make_completed_study(), cured],
        [make_study_with_results(), back],
    )
    for moment, studies in zip(NIGHTS, nights, strict=True):
        warehouse.serve(*studies, *others)
        with clock_stands_at(moment):
            warehouse.sync()
        after_each()
