"""Makes the store that a release leaves after three nights: its own pipeline, against a registry on loopback.

Run in a checkout of that release, for its packages and its `tests/support/warehouses.py` do the work (see README.md):

    PYTHONPATH=. .venv/bin/python tests/tools/make_store.py

It writes `tests/data/stores/schema-N.duckdb.gz`, where N is the release's schema version, and never over one that is
there.
"""

from __future__ import annotations

import gzip
import shutil
import sys
from datetime import UTC, datetime
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import TYPE_CHECKING
from unittest import mock

import extract
from extract.sample.server import RegistryServer
from tests.support.folders import DATA
from tests.support.made_studies import made_contents, made_study
from tests.support.warehouses import Warehouse, ill, put
from warehouse.schema import SCHEMA_VERSION

if TYPE_CHECKING:
    from contextlib import AbstractContextManager

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
    """Make the store, and keep it."""
    with TemporaryDirectory() as folder, RegistryServer(made_contents()) as server:
        warehouse = Warehouse(Path(folder), server)
        live_three_nights(warehouse)
        store = warehouse.folder / ".aclf" / "store.duckdb"
        if store.with_name("store.duckdb.wal").exists():
            raise RuntimeError(f"the store {store} was not checkpointed; nothing was kept; look at the release's runs")
        kept = DATA.joinpath("stores", f"schema-{SCHEMA_VERSION}.duckdb.gz")
        keep(store, kept)
    sys.stdout.write(f"{kept}: {kept.stat().st_size:,} bytes, made by {Path(extract.__file__).parent}\n")


def live_three_nights(warehouse: Warehouse) -> None:
    """A sync each night, and a backfill on the last day."""
    for day, studies in enumerate((first_night(), second_night(), third_night()), start=11):
        warehouse.serve(*(put(study, VERSION_HOLDER, f"2026-09-{day}") for study in studies))
        with at(day, "09:30"):
            warehouse.sync(accept_shrink=True)  # two of six are a third
    with at(day, "17:00"):
        warehouse.backfill("NCT00000005", "NCT00000008")


def at(day: int, time: str) -> AbstractContextManager[object]:
    """The clock that runs take their times from stands still at a time (UTC) of a day in September 2026."""
    instant = datetime.fromisoformat(f"2026-09-{day}T{time}").replace(tzinfo=UTC)
    return mock.patch("flows.run.datetime", mock.Mock(now=lambda _: instant))


def keep(store: Path, kept: Path) -> None:
    """The store's bytes, compressed, without a name or a time of their own."""
    with kept.open("xb") as file, gzip.GzipFile("", "wb", 9, file, mtime=0) as packed, store.open("rb") as whole:
        shutil.copyfileobj(whole, packed)


def first_night() -> list[Study]:
    """Six trials of the set: one is found by its MeSH term, one by its keyword, which has a key and a code unknown."""
    fourth = trial(made_study(4, title="Kelp", conditions=["Salty liver"], updated="2026-08-04"))
    fifth = trial(made_study(5, title="Sea air", keywords=["Made disease"], updated="2026-08-05"))
    fifth = put(fifth, f"{IDENTIFICATION}.moonPhase", "Full")
    return [
        trial(ill(1, title="Tidal albumin", keywords=["Albumin", "Tide"], updated="2026-08-01")),
        trial(ill(2, title="Salt baths", updated="2026-08-02")),
        trial(ill(3, title="Kelp, first registration", updated="2026-08-03")),
        put(fourth, CONDITION_MESH_TERMS, [{"id": "D900001", "term": "Made Disease"}]),
        put(fifth, INTERVENTIONS, [{"type": "WEATHER", "name": "Sea air"}]),
        trial(ill(6, title="Driftwood", updated="2026-08-06")),
    ]


def second_night() -> list[Study]:
    """One is completed, one is left by its condition, one merged, one not readable; the new one has no such date."""
    first, second, _, fourth, fifth, sixth = first_night()
    first = put(updated(first, "2026-09-11"), f"{STATUS}.overallStatus", "COMPLETED")
    second = put(updated(second, "2026-09-11"), "protocolSection.conditionsModule.conditions", ["Another illness"])
    seventh = trial(ill(7, title="Moonlight", updated="2026-09-11"))
    return [
        put(first, f"{STATUS}.completionDateStruct", {"date": "2026-09-01", "type": "ACTUAL"}),
        second,
        put(updated(fourth, "2026-09-11"), f"{IDENTIFICATION}.nctIdAliases", ["NCT00000003"]),
        fifth,
        put(updated(sixth, "2026-09-11"), f"{STATUS}.startDateStruct", ["2025-03-01"]),
        put(seventh, f"{STATUS}.startDateStruct.date", "2026-02-30"),
        trial(made_study(8, title="Dry land", conditions=["Another illness"], updated="2026-08-08")),
    ]


def third_night() -> list[Study]:
    """The completed one has another site and its final number of participants."""
    first, *others = second_night()
    first = put(updated(first, "2026-09-12"), f"{CONTACTS}.locations", [ISLAND, HARBOUR])
    return [put(first, f"{DESIGN}.enrollmentInfo", {"count": 118, "type": "ACTUAL"}), *others]


def trial(study: Study) -> Study:
    """The study with dates, a sponsor, a design, an intervention, a site, a contact and MeSH terms."""
    made = put(study, f"{STATUS}.startDateStruct", {"date": "2025-03-01", "type": "ACTUAL"})
    made = put(made, f"{STATUS}.completionDateStruct", {"date": "2026-12", "type": "ESTIMATED"})
    made = put(made, "protocolSection.sponsorCollaboratorsModule.leadSponsor", {"name": "Made Trust", "class": "OTHER"})
    made = put(made, f"{DESIGN}.studyType", "INTERVENTIONAL")
    made = put(made, f"{DESIGN}.phases", ["PHASE1", "PHASE2"])
    made = put(made, f"{DESIGN}.enrollmentInfo", {"count": 120, "type": "ESTIMATED"})
    made = put(made, INTERVENTIONS, [{"type": "DRUG", "name": "Tidal albumin"}])
    made = put(made, f"{CONTACTS}.locations", [HARBOUR])
    made = put(made, f"{CONTACTS}.centralContacts", [{"name": "Ada Wharf", "email": "ada@example.org"}])
    return put(made, "derivedSection.interventionBrowseModule.meshes", [{"id": "D900011", "term": "Serum, Tidal"}])


def updated(study: Study, date: str) -> Study:
    """The study with another date of its last update."""
    return put(study, f"{STATUS}.lastUpdatePostDateStruct.date", date)


if __name__ == "__main__":
    main()
