"""Make the store that a release has after three nights, with its own pipeline and a registry on loopback.

Run this in a checkout of the release, because it uses the release's packages and test helpers
(see `tests/data/stores/README.md`):

    PYTHONPATH=. .venv/bin/python tests/tools/make_store.py

It writes `tests/data/stores/schema-N.duckdb.gz`, where N is the release's schema version. It never overwrites a file.
"""

from __future__ import annotations

import gzip
import shutil
import sys
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import TYPE_CHECKING

import extract
from extract.sample.server import RegistryServer
from tests.support.clock import clock_stands_at
from tests.support.folders import DATA
from tests.support.made_studies import make_contents, make_study
from tests.support.warehouses import Warehouse, make_member_study, with_value
from warehouse.schema import SCHEMA_VERSION

if TYPE_CHECKING:
    from tests.support.warehouses import Study

IDENTIFICATION = "protocolSection.identificationModule"
STATUS = "protocolSection.statusModule"
DESIGN = "protocolSection.designModule"
CONTACTS = "protocolSection.contactsLocationsModule"
INTERVENTIONS = "protocolSection.armsInterventionsModule.interventions"
CONDITION_MESH_TERMS = "derivedSection.conditionBrowseModule.meshes"
VERSION_HOLDER = "derivedSection.miscInfoModule.versionHolder"

HARBOUR = {"facility": "Harbour University Hospital", "city": "Seaport", "country": "France"}
ISLAND = {"facility": "Island Clinic", "city": "Skerry", "country": "Norway"}


def main() -> None:
    """Make the store and keep a compressed copy."""
    with TemporaryDirectory() as folder, RegistryServer(make_contents()) as server:
        warehouse = Warehouse(Path(folder), server)
        sync_three_nights(warehouse)
        store = warehouse.folder / ".aclf" / "store.duckdb"
        if store.with_name("store.duckdb.wal").exists():
            raise RuntimeError(f"the store {store} was not checkpointed; nothing was kept; look at the release's runs")
        file = DATA.joinpath("stores", f"schema-{SCHEMA_VERSION}.duckdb.gz")
        compress_store(store, file)
    sys.stdout.write(f"{file}: {file.stat().st_size:,} bytes, made by {Path(extract.__file__).parent}\n")


def sync_three_nights(warehouse: Warehouse) -> None:
    """Run a sync on each night, and a backfill on the last day."""
    for day, studies in enumerate((make_first_night(), make_second_night(), make_third_night()), start=11):
        warehouse.serve(*(with_value(study, VERSION_HOLDER, f"2026-09-{day}") for study in studies))
        with clock_stands_at(f"2026-09-{day} 09:30"):
            # On the second night two of six trials leave the listing: a third, which a sync refuses by default.
            warehouse.sync(accept_shrink=True)
    with clock_stands_at(f"2026-09-{day} 17:00"):
        warehouse.backfill("NCT00000005", "NCT00000008")


def compress_store(store: Path, target: Path) -> None:
    """Write the store's bytes compressed, without a file name or a time in the archive."""
    with target.open("xb") as file, gzip.GzipFile("", "wb", 9, file, mtime=0) as archive, store.open("rb") as source:
        shutil.copyfileobj(source, archive)


def make_first_night() -> list[Study]:
    """Make six trials of the set.

    The fourth is found by its MeSH term. The fifth is found by its keyword, and has an unknown key and an unknown code.
    """
    fourth = complete_study(make_study(4, title="Kelp", conditions=["Salty liver"], updated="2026-08-04"))
    fifth = complete_study(make_study(5, title="Sea air", keywords=["Made disease"], updated="2026-08-05"))
    fifth = with_value(fifth, f"{IDENTIFICATION}.moonPhase", "Full")
    return [
        complete_study(make_member_study(1, title="Tidal albumin", keywords=["Albumin", "Tide"], updated="2026-08-01")),
        complete_study(make_member_study(2, title="Salt baths", updated="2026-08-02")),
        complete_study(make_member_study(3, title="Kelp, first registration", updated="2026-08-03")),
        with_value(fourth, CONDITION_MESH_TERMS, [{"id": "D900001", "term": "Made Disease"}]),
        with_value(fifth, INTERVENTIONS, [{"type": "WEATHER", "name": "Sea air"}]),
        complete_study(make_member_study(6, title="Driftwood", updated="2026-08-06")),
    ]


def make_second_night() -> list[Study]:
    """Make the second night.

    One trial is completed, one has lost its condition, one is merged into another, and one cannot be read. One trial
    is new, with a start date that does not exist. A trial outside the set is there for the backfill.
    """
    first, second, _, fourth, fifth, sixth = make_first_night()
    first = with_value(with_update_date(first, "2026-09-11"), f"{STATUS}.overallStatus", "COMPLETED")
    second = with_value(
        with_update_date(second, "2026-09-11"), "protocolSection.conditionsModule.conditions", ["Another illness"]
    )
    seventh = complete_study(make_member_study(7, title="Moonlight", updated="2026-09-11"))
    return [
        with_value(first, f"{STATUS}.completionDateStruct", {"date": "2026-09-01", "type": "ACTUAL"}),
        second,
        with_value(with_update_date(fourth, "2026-09-11"), f"{IDENTIFICATION}.nctIdAliases", ["NCT00000003"]),
        fifth,
        with_value(with_update_date(sixth, "2026-09-11"), f"{STATUS}.startDateStruct", ["2025-03-01"]),
        with_value(seventh, f"{STATUS}.startDateStruct.date", "2026-02-30"),
        complete_study(make_study(8, title="Dry land", conditions=["Another illness"], updated="2026-08-08")),
    ]


def make_third_night() -> list[Study]:
    """Make the third night: the completed trial has one more site and its final number of participants."""
    first, *others = make_second_night()
    first = with_value(with_update_date(first, "2026-09-12"), f"{CONTACTS}.locations", [ISLAND, HARBOUR])
    return [with_value(first, f"{DESIGN}.enrollmentInfo", {"count": 118, "type": "ACTUAL"}), *others]


def complete_study(study: Study) -> Study:
    """Return the study with dates, a sponsor, a design, an intervention, a site, a contact and MeSH terms."""
    made = with_value(study, f"{STATUS}.startDateStruct", {"date": "2025-03-01", "type": "ACTUAL"})
    made = with_value(made, f"{STATUS}.completionDateStruct", {"date": "2026-12", "type": "ESTIMATED"})
    made = with_value(
        made, "protocolSection.sponsorCollaboratorsModule.leadSponsor", {"name": "Made Trust", "class": "OTHER"}
    )
    made = with_value(made, f"{DESIGN}.studyType", "INTERVENTIONAL")
    made = with_value(made, f"{DESIGN}.phases", ["PHASE1", "PHASE2"])
    made = with_value(made, f"{DESIGN}.enrollmentInfo", {"count": 120, "type": "ESTIMATED"})
    made = with_value(made, INTERVENTIONS, [{"type": "DRUG", "name": "Tidal albumin"}])
    made = with_value(made, f"{CONTACTS}.locations", [HARBOUR])
    made = with_value(made, f"{CONTACTS}.centralContacts", [{"name": "Ada Wharf", "email": "ada@example.org"}])
    return with_value(
        made, "derivedSection.interventionBrowseModule.meshes", [{"id": "D900011", "term": "Serum, Tidal"}]
    )


def with_update_date(study: Study, date: str) -> Study:
    """Return the study with another date of its last update."""
    return with_value(study, f"{STATUS}.lastUpdatePostDateStruct.date", date)


if __name__ == "__main__":
    main()
