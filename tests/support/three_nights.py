"""Three nights of a small set, in which a trial changes twice, and another leaves and returns."""

from __future__ import annotations

from typing import TYPE_CHECKING

from tests.support.clock import at
from tests.support.made_studies import made_study
from tests.support.warehouses import ill, put

if TYPE_CHECKING:
    from tests.support.warehouses import Study, Warehouse

SEVEN, EIGHT, NINE = "NCT00000007", "NCT00000008", "NCT00000009"
STATUS = "protocolSection.statusModule"
DESIGN = "protocolSection.designModule"
LOCATIONS = "protocolSection.contactsLocationsModule.locations"
NIGHTS = ("2026-10-01 03:00", "2026-10-02 03:00", "2026-10-05 03:00")
LISBON = {"facility": "Made Hospital", "city": "Lisbon"}
OSLO = {"facility": "Made Clinic", "city": "Oslo"}


def planned() -> Study:
    """Trial 7 as it is first seen."""
    study = ill(7, title="Tide", updated="2026-09-01")
    study = put(study, f"{STATUS}.completionDateStruct", {"date": "2027-01-15", "type": "ESTIMATED"})
    study = put(study, f"{DESIGN}.enrollmentInfo", {"count": 100, "type": "ESTIMATED"})
    return put(study, LOCATIONS, [LISBON])


def completed() -> Study:
    """The same on the second night: completed, a month later than planned, with fewer participants and another site."""
    study = put(planned(), f"{STATUS}.overallStatus", "COMPLETED")
    study = put(study, f"{STATUS}.completionDateStruct", {"date": "2027-02-14", "type": "ACTUAL"})
    study = put(study, f"{DESIGN}.enrollmentInfo", {"count": 88, "type": "ACTUAL"})
    study = put(study, f"{STATUS}.lastUpdatePostDateStruct", {"date": "2026-10-01"})
    return put(study, LOCATIONS, [OSLO, LISBON])


def with_results() -> Study:
    """The same on the third night, with results."""
    study = put(completed(), "hasResults", True)
    study = put(study, f"{STATUS}.lastUpdatePostDateStruct", {"date": "2026-10-04"})
    return put(study, f"{STATUS}.resultsFirstPostDateStruct", {"date": "2026-10-04"})


def live_three_nights(warehouse: Warehouse) -> None:
    """Trial 7 changes twice, trial 8 never, trial 9 leaves and returns."""
    others = [ill(8), *(ill(number) for number in range(11, 19))]
    cured = made_study(9, conditions=["Another illness"], updated="2026-10-01")
    back = ill(9, updated="2026-10-04")
    nights = ([planned(), ill(9)], [completed(), cured], [with_results(), back])
    for moment, studies in zip(NIGHTS, nights, strict=True):
        warehouse.serve(*studies, *others)
        with at(moment):
            warehouse.sync()
