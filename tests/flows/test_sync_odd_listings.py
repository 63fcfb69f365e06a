"""An odd entry of a listing does not stop a run that can do without it, and the run's message names it."""

from __future__ import annotations

import orjson
import pytest

from extract.errors import ReplyUnreadable
from flows import pipeline
from tests.support import faults
from tests.support.made_studies import make_study
from tests.support.warehouses import make_member_study, with_value

SEVEN = "NCT00000007"
NUMBER = "protocolSection.identificationModule.nctId"
VERSION_HOLDER = "derivedSection.miscInfoModule.versionHolder"


def make_five(*others):
    """Return five sound studies, and others."""
    return [*(make_member_study(number) for number in range(1, 6)), *others]


def sync_with_faults(warehouse, *script):
    """Run a sync whose requests after the version meet these faults, and return its summary."""
    warehouse.server.faults.extend([None, *script])
    return pipeline.sync(warehouse.job("sync"))


def change_entries(change):
    """Return a fault: the registry's own listing with each of its entries changed."""

    def edit(body):
        page = orjson.loads(body)
        return orjson.dumps({**page, "studies": [change(study) for study in page["studies"]]})

    return faults.edited_answer(edit)


def remove_id_of_seven(study):
    """Return the entry, without its NCT number if it is number 7."""
    return (
        with_value(study, NUMBER, None) if study["protocolSection"]["identificationModule"]["nctId"] == SEVEN else study
    )


@pytest.mark.fault(24)
def test_an_entry_without_a_number_is_quarantined(warehouse):
    """The other entries load, the entry is quarantined, and the message counts it."""
    warehouse.serve(*make_five(make_member_study(7)))
    summary = sync_with_faults(warehouse, change_entries(remove_id_of_seven))
    counts = {name: summary[name] for name in ("listed", "fetched", "inserted", "quarantined", "newly_set_aside")}
    assert counts == {"listed": 5, "fetched": 6, "inserted": 5, "quarantined": 1, "newly_set_aside": 1}
    assert "1 listed without an NCT number" in summary["message"]
    ((nct_id, path, reason),) = warehouse.rows("select nct_id, path, reason from ops.quarantine")
    assert (nct_id, path, reason) == (None, NUMBER, "the record has no NCT number")


@pytest.mark.fault(13, 24)
def test_an_entry_that_cannot_be_written_down_ends_the_run(warehouse):
    """An entry without a number that is nested too deep to be kept ends the run, and not as an internal error."""
    warehouse.serve(*make_five(make_member_study(7)))
    deep = b"[" * 300 + b"]" * 300
    nested = faults.edited_answer(lambda body: body.replace(b'"nctId":"NCT00000007"', b'"a":' + deep))
    with pytest.raises(ReplyUnreadable, match="nested too deep to be written"):
        sync_with_faults(warehouse, nested)


@pytest.mark.fault(24)
def test_nothing_leaves_while_an_entry_has_no_number(warehouse):
    """While an entry has no number it may be any trial, so no trial that the listing lacks counts as left."""
    warehouse.serve(*make_five(make_member_study(6), make_member_study(7), make_member_study(8)))
    warehouse.sync()
    warehouse.serve(*make_five(make_member_study(6), make_member_study(7), make_member_study(8)))
    summary = sync_with_faults(warehouse, change_entries(remove_id_of_seven))
    assert (summary["left"], summary["quarantined"]) == (0, 1)
    in_set = "select count(*) from condition_set_members where member_until is null"
    assert warehouse.rows(in_set) == [(8,)]
    warehouse.serve(
        *make_five(make_member_study(6), make_study(7, conditions=["Another illness"]), make_member_study(8))
    )
    assert sync_with_faults(warehouse)["left"] == 1
    assert warehouse.rows(in_set) == [(7,)]


@pytest.mark.fault(23)
def test_an_odd_entry_is_fetched(warehouse):
    """An entry whose status is not a text stops nothing: its record is fetched, and is sound."""
    warehouse.serve(*make_five())
    odd = change_entries(lambda study: with_value(study, "protocolSection.statusModule.overallStatus", 1))
    assert sync_with_faults(warehouse, odd)["inserted"] == 5
    warehouse.serve(*make_five())
    summary = sync_with_faults(warehouse, odd)
    assert (summary["fetched"], summary["unchanged"], summary["outcome"]) == (5, 5, "unchanged")


@pytest.mark.fault(16)
def test_a_study_on_two_pages_counts_once(warehouse):
    """If its two entries differ, the newer one is kept, and the message says how many differed."""
    warehouse.serve(*make_five())
    first, second = make_five()[:3], [make_member_study(1, updated="2024-02-01"), *make_five()[2:]]
    pages = {"totalCount": 5, "studies": first, "nextPageToken": "a"}, {"studies": second}
    summary = sync_with_faults(warehouse, *map(faults.json, pages))
    assert (summary["listed"], summary["inserted"]) == (5, 5)
    assert summary["message"] == "5 new; 1 listed twice and differently."


@pytest.mark.fault(17)
def test_a_mixed_listing_is_noted(warehouse):
    """The listing is requested again once; a second mixture is accepted, and the message says so."""
    warehouse.serve(*make_five())
    nights = iter(["2026-09-10", "2026-09-11"] * 10)
    mixed = change_entries(lambda study: with_value(study, VERSION_HOLDER, next(nights)))
    summary = sync_with_faults(warehouse, mixed, mixed)
    assert (summary["inserted"], summary["requests"]) == (5, 4)
    assert summary["message"] == "5 new; listed while the registry reloaded its data."


@pytest.mark.fault(17)
def test_a_reload_during_a_run_loses_nothing(warehouse):
    """Records that are newer than the listing are loaded as they come, and the next night finds no more to do."""
    warehouse.serve(*make_five(make_member_study(7)))
    tonight = warehouse.server.contents

    def reload_data(handler):
        warehouse.serve(*make_five(make_member_study(7, title="Newer", updated="2024-02-01")))
        handler.reply(handler.make_registry_answer())

    summary = sync_with_faults(warehouse, None, reload_data)
    assert (summary["inserted"], summary["data_timestamp"]) == (6, tonight.data_timestamp)
    assert warehouse.rows("select brief_title from trials where nct_id = $1", SEVEN) == [("Newer",)]
    after = sync_with_faults(warehouse)
    assert (after["outcome"], after["fetched"], after["data_timestamp"]) == (
        "unchanged",
        0,
        warehouse.server.contents.data_timestamp,
    )
