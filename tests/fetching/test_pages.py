"""A large set that is mostly new comes by pages of whole records; what pages cannot bring is fetched by number."""

from __future__ import annotations

import orjson
import pytest

from extract.client import api
from extract.errors import RunFailed
from flows import pipeline
from flows.fetching import batches
from tests.support import faults
from tests.support.made_studies import make_contents
from tests.support.warehouses import CONDITION_SET, TIME_COLUMNS, make_member_study, with_value

NUMBER = "protocolSection.identificationModule.nctId"
TITLE = "protocolSection.identificationModule.briefTitle"
UPDATE_DATE = "protocolSection.statusModule.lastUpdatePostDateStruct.date"
VERSION, LISTING, PAGES, BATCH, STUDY = "version", "listing", "page", "batch", "study"


def make_studies(count=7):
    """Return studies of the set, each with an update date of its own, so that their order on the pages is known."""
    return [
        with_value(make_member_study(number), UPDATE_DATE, f"2024-01-{number:02}") for number in range(1, count + 1)
    ]


@pytest.fixture
def warehouse_of_seven(warehouse, clock, monkeypatch):
    """Return a warehouse whose registry has three studies a page and a batch: seven trials are a large set."""
    monkeypatch.setattr(api, "MAX_PAGE_SIZE", 3)
    for module in (pipeline, batches):
        monkeypatch.setattr(module, "MAX_IDS_PER_REQUEST", 3)
    warehouse.serve(*make_studies())
    return warehouse


def list_requests(warehouse):
    """Return what each request since the last call asked for."""
    kinds = []
    for request in warehouse.server.requests:
        if request.path.endswith("/version"):
            kinds.append(VERSION)
        elif not request.path.endswith("/studies"):
            kinds.append(STUDY)
        elif api.IDS in request.query:
            kinds.append(BATCH)
        else:
            kinds.append(LISTING if api.FIELDS in request.query else PAGES)
    warehouse.server.requests.clear()
    return kinds


def spoil(nct_id, change):
    """Return the fault that changes the text of a study's title in whatever answer has it."""
    mark = f'"{nct_id}"'.encode()

    def edit(body):
        if mark not in body:
            return body
        answer = orjson.loads(body)
        studies = answer.get("studies", [answer])
        for study in studies:
            identification = study["protocolSection"]["identificationModule"]
            if identification["nctId"] == nct_id and "briefTitle" in identification:
                identification["briefTitle"] = "SPOILT"
        return orjson.dumps(answer).replace(b'"SPOILT"', change)

    return faults.edited_answer(edit)


def test_a_large_new_set_comes_with_its_listing(warehouse_of_seven, make_warehouse):
    """The first request tells the size of the set. Then pages bring all records; no trial is fetched by its number."""
    summary = warehouse_of_seven.sync()
    assert list_requests(warehouse_of_seven) == [VERSION, LISTING, PAGES, PAGES, PAGES]
    assert (summary["listed"], summary["fetched"], summary["inserted"]) == (7, 7, 7)
    by_number = make_warehouse()
    by_number.use_condition_set(CONDITION_SET + 'exclude = ["NCT00000099"]\n')
    by_number.serve(*make_studies())
    by_number.sync()
    assert list_requests(by_number) == [VERSION, LISTING, LISTING, LISTING, BATCH, BATCH, BATCH]
    assert by_number.tables(without=TIME_COLUMNS) == warehouse_of_seven.tables(without=TIME_COLUMNS)


def test_a_set_that_is_mostly_held_is_fetched_by_number(warehouse_of_seven):
    """On the next night only the changed trial is fetched, and so are a few new ones."""
    warehouse_of_seven.sync()
    list_requests(warehouse_of_seven)
    first, *others = make_studies(9)
    warehouse_of_seven.serve(with_value(first, TITLE, "Another title"), *others)
    summary = warehouse_of_seven.sync()
    assert PAGES not in list_requests(warehouse_of_seven)
    assert summary["inserted"] == 2


def test_a_full_sync_comes_with_its_listing_too(warehouse_of_seven):
    """`--full` fetches every record, so it asks for pages, and an unchanged record stays as it is."""
    warehouse_of_seven.sync()
    list_requests(warehouse_of_seven)
    summary = warehouse_of_seven.sync(full=True)
    assert list_requests(warehouse_of_seven) == [VERSION, LISTING, PAGES, PAGES, PAGES]
    assert (summary["fetched"], summary["unchanged"]) == (7, 7)


def test_a_page_that_cannot_be_read_is_fetched_by_number(warehouse_of_seven):
    """A record that spoils its page costs the pages from there on, not a record besides itself."""
    warehouse_of_seven.server.faults.extend([spoil("NCT00000005", b"NaN")] * 40)
    summary = pipeline.sync(warehouse_of_seven.job("sync"))
    warehouse_of_seven.server.faults.clear()
    requests = list_requests(warehouse_of_seven)
    # The page is asked for until it is clear that it stays unreadable.
    listed_on = requests.index(LISTING, 2)
    assert set(requests[2:listed_on]) == {PAGES}
    assert requests[listed_on : listed_on + 3] == [LISTING, LISTING, BATCH]
    assert (summary["inserted"], summary["quarantined"]) == (6, 1)
    assert warehouse_of_seven.rows("select nct_id from ops.quarantine") == [("NCT00000005",)]


def test_a_record_that_spoils_its_part_is_found_by_number(warehouse_of_seven):
    """A repeated key shows only when a page's records are read: its trials are fetched again, in smaller requests."""
    script = [spoil("NCT00000005", b'"A", "briefTitle": "B"')] * 40
    warehouse_of_seven.server.faults.extend(script)
    summary = pipeline.sync(warehouse_of_seven.job("sync"))
    warehouse_of_seven.server.faults.clear()
    assert list_requests(warehouse_of_seven)[:5] == [VERSION, LISTING, PAGES, PAGES, PAGES]
    assert (summary["inserted"], summary["quarantined"]) == (6, 1)
    ((nct_id, reason),) = warehouse_of_seven.rows("select nct_id, reason from ops.quarantine")
    assert (nct_id, reason) == ("NCT00000005", "the key 'briefTitle' is repeated")


def test_a_reload_between_pages_costs_the_trials_that_it_changed(warehouse_of_seven):
    """If the registry reloads its data meanwhile, the set is listed again, and what has another date is fetched."""
    changed = with_value(with_value(make_studies()[0], UPDATE_DATE, "2026-01-01"), TITLE, "After the reload")

    def reload(handler):
        handler.server.contents = make_contents(*make_studies()[1:], changed, data_timestamp="2026-10-01T09:00:00")
        handler.reply(handler.make_registry_answer())

    warehouse_of_seven.server.faults.extend([None, None, None, reload])
    pipeline.sync(warehouse_of_seven.job("sync"))
    requests = list_requests(warehouse_of_seven)
    assert requests.count(BATCH) == 1
    assert warehouse_of_seven.rows("select brief_title from main.trials where nct_id = 'NCT00000001'") == [
        ("After the reload",)
    ]
    assert warehouse_of_seven.rows("select count(*) from main.trials where in_condition_set") == [(7,)]


def test_a_run_that_was_cut_off_goes_on_from_its_last_page(warehouse_of_seven):
    """The pages that have landed are not asked for again."""
    down = [faults.status(503)] * 40
    warehouse_of_seven.server.faults.extend([None, None, None, None, *down])
    with pytest.raises(RunFailed):
        pipeline.sync(warehouse_of_seven.job("sync", patience=1))
    warehouse_of_seven.server.faults.clear()
    assert list_requests(warehouse_of_seven)[:5] == [VERSION, LISTING, PAGES, PAGES, PAGES]
    summary = pipeline.sync(warehouse_of_seven.job("sync"))
    assert list_requests(warehouse_of_seven) == [VERSION, LISTING, PAGES]
    assert summary["inserted"] == 7


def test_a_page_with_an_entry_without_a_number_is_only_a_listing(warehouse_of_seven):
    """The entry is quarantined once, and the other trials of its page are fetched by number."""
    seven = make_studies()
    warehouse_of_seven.serve(*seven[:-1], with_value(seven[-1], NUMBER, None))
    summary = warehouse_of_seven.sync()
    requests = list_requests(warehouse_of_seven)
    assert requests.count(PAGES) == 3
    assert (summary["inserted"], summary["quarantined"]) == (6, 1)
    assert warehouse_of_seven.rows("select count(*), min(nct_id) from ops.quarantine") == [(1, None)]
