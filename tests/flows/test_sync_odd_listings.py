"""What is odd about a listing does not stop a run that can do without it, and stands in the run's sentence."""

from __future__ import annotations

import orjson
import pytest

from extract.errors import ReplyUnreadable
from flows import pipeline
from tests.support import faults
from tests.support.made_studies import made_study
from tests.support.warehouses import ill, put

SEVEN = "NCT00000007"
NUMBER = "protocolSection.identificationModule.nctId"
VERSION_HOLDER = "derivedSection.miscInfoModule.versionHolder"


def five(*others):
    """Five sound studies, and others."""
    return [*(ill(number) for number in range(1, 6)), *others]


def synced(warehouse, *script):
    """A sync whose requests after the version are met by these faults."""
    warehouse.server.faults.extend([None, *script])
    return pipeline.sync(warehouse.job("sync"))


def listing_with(change):
    """The registry's own listing, each of its entries changed."""

    def edit(body):
        page = orjson.loads(body)
        return orjson.dumps({**page, "studies": [change(study) for study in page["studies"]]})

    return faults.edited(edit)


def entries_without_id(study):
    """The entry without its number, if it is that of number 7."""
    return put(study, NUMBER, None) if study["protocolSection"]["identificationModule"]["nctId"] == SEVEN else study


@pytest.mark.fault(24)
def test_an_entry_without_a_number_is_set_aside(warehouse):
    """The trials of the other entries load, and the entry lies in quarantine, and is told."""
    warehouse.serve(*five(ill(7)))
    report = synced(warehouse, listing_with(entries_without_id))
    counts = {name: report[name] for name in ("listed", "fetched", "inserted", "quarantined", "newly_set_aside")}
    assert counts == {"listed": 5, "fetched": 6, "inserted": 5, "quarantined": 1, "newly_set_aside": 1}
    assert "1 listed without an NCT number" in report["message"]
    ((nct_id, path, reason),) = warehouse.rows("select nct_id, path, reason from ops.quarantine")
    assert (nct_id, path, reason) == (None, NUMBER, "the record has no NCT number")


@pytest.mark.fault(13, 24)
def test_an_entry_that_cannot_be_written_down_ends_the_run(warehouse):
    """An entry without a number, and nested so deep that it cannot be kept, is no fault of this program."""
    warehouse.serve(*five(ill(7)))
    deep = b"[" * 300 + b"]" * 300
    nested = faults.edited(lambda body: body.replace(b'"nctId":"NCT00000007"', b'"a":' + deep))
    with pytest.raises(ReplyUnreadable, match="nested too deep to be written"):
        synced(warehouse, nested)


@pytest.mark.fault(24)
def test_who_may_be_the_nameless_one_has_not_left(warehouse):
    """While an entry of the listing has no number, no trial that the listing lacks is found to have left by it."""
    warehouse.serve(*five(ill(6), ill(7), ill(8)))
    warehouse.sync()
    warehouse.serve(*five(ill(6), ill(7), ill(8)))
    report = synced(warehouse, listing_with(entries_without_id))
    assert (report["left"], report["quarantined"]) == (0, 1)
    in_set = "select count(*) from condition_set_members where member_until is null"
    assert warehouse.rows(in_set) == [(8,)]
    warehouse.serve(*five(ill(6), made_study(7, conditions=["Another illness"]), ill(8)))
    assert synced(warehouse)["left"] == 1
    assert warehouse.rows(in_set) == [(7,)]


@pytest.mark.fault(23)
def test_an_odd_entry_is_fetched_and_its_record_judged(warehouse):
    """An entry whose status is no text stops nothing: its record is asked for, and is sound."""
    warehouse.serve(*five())
    odd = listing_with(lambda study: put(study, "protocolSection.statusModule.overallStatus", 1))
    assert synced(warehouse, odd)["inserted"] == 5
    warehouse.serve(*five())
    report = synced(warehouse, odd)
    assert (report["fetched"], report["unchanged"], report["outcome"]) == (5, 5, "unchanged")


@pytest.mark.fault(16)
def test_a_study_on_two_pages_is_told(warehouse):
    """It counts once; where the two differ the newer one is kept, and the run says how many did."""
    warehouse.serve(*five())
    first, second = five()[:3], [ill(1, updated="2024-02-01"), *five()[2:]]
    pages = {"totalCount": 5, "studies": first, "nextPageToken": "a"}, {"studies": second}
    report = synced(warehouse, *map(faults.json, pages))
    assert (report["listed"], report["inserted"]) == (5, 5)
    assert report["message"] == "5 new; 1 listed twice and differently."


@pytest.mark.fault(17)
def test_a_mixed_listing_is_told(warehouse):
    """The listing begins again, once; a second mixture is accepted, and the run says so."""
    warehouse.serve(*five())
    nights = iter(["2026-09-10", "2026-09-11"] * 10)
    mixed = listing_with(lambda study: put(study, VERSION_HOLDER, next(nights)))
    report = synced(warehouse, mixed, mixed)
    assert (report["inserted"], report["requests"]) == (5, 4)
    assert report["message"] == "5 new; listed while the registry reloaded its data."


@pytest.mark.fault(17)
def test_a_reload_in_the_middle_of_a_run_loses_nothing(warehouse):
    """What the registry serves after the listing is loaded as it comes, and the next night finds no more to do."""
    warehouse.serve(*five(ill(7)))
    tonight = warehouse.server.contents

    def reloads(handler):
        warehouse.serve(*five(ill(7, title="Newer", updated="2024-02-01")))
        handler.reply(handler.registry_answer())

    report = synced(warehouse, None, reloads)
    assert (report["inserted"], report["data_timestamp"]) == (6, tonight.data_timestamp)
    assert warehouse.rows("select brief_title from trials where nct_id = $1", SEVEN) == [("Newer",)]
    after = synced(warehouse)
    assert (after["outcome"], after["fetched"], after["data_timestamp"]) == (
        "unchanged",
        0,
        warehouse.server.contents.data_timestamp,
    )
