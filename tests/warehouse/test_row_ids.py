"""A row's id depends only on its trial's number and its position in the record."""

from __future__ import annotations

import pytest

from tests.support.warehouses import EVERYTHING, make_member_study, read_golden_studies, with_value
from transform.catalog.files import load_catalog

ROW_TABLES = [table.qualified for table in load_catalog().tables if not table.is_per_trial]
WHOLE = "NCT91000001"


@pytest.fixture(scope="module")
def elsewhere(make_warehouse):
    """A warehouse that has the golden studies since its second night, in another order and beside other trials."""
    made = make_warehouse()
    made.use_condition_set(EVERYTHING)
    made.serve(make_member_study(99000000))
    made.sync()
    made.serve(
        make_member_study(1, conditions=["A made disease", "x", "y"]),
        *reversed(read_golden_studies()),
        make_member_study(99000000),
    )
    made.sync()
    return made


@pytest.mark.quick(3)
@pytest.mark.parametrize("table", ROW_TABLES)
def test_other_trials_and_order_do_not_matter(aact_warehouse, elsewhere, table):
    """The same record has the same rows with the same ids beside other trials, in another order, on another night."""
    query = f"select columns(lambda name: name not in ('created_at', 'updated_at')) from {table} where nct_id = $1"
    for study in read_golden_studies():
        nct_id = study["protocolSection"]["identificationModule"]["nctId"]
        assert aact_warehouse.rows(f"{query} order by id", nct_id) == elsewhere.rows(f"{query} order by id", nct_id)
    assert aact_warehouse.rows(f"from {table}")


@pytest.mark.parametrize("table", ROW_TABLES)
def test_id_is_the_trials_number_and_an_ordinal(aact_warehouse, table):
    """An id is the NCT number's digits times ten million plus 1, 2, 3 and so on, within each trial."""
    rows = aact_warehouse.rows(f"select nct_id, list(id order by id) from {table} group by nct_id")
    for nct_id, ids in rows:
        assert ids == [int(nct_id[3:]) * 10_000_000 + ordinal for ordinal in range(1, len(ids) + 1)]


def test_ordinal_is_the_position_in_the_records_list(warehouse, studies):
    """The second of two conditions has the ordinal 2, and gets 1 when it becomes the first."""
    study = studies["a_whole_record"]
    conditions = "protocolSection.conditionsModule.conditions"
    query = "select id % 10_000_000, name from ctgov.conditions order by id"
    warehouse.serve(study)
    warehouse.sync()
    assert warehouse.rows(query) == [(1, "Made Disease"), (2, "Ascites, Salty")]
    warehouse.serve(with_value(study, conditions, ["Ascites, Salty", "Made Disease", "Made Disease"]))
    warehouse.sync(full=True)
    assert warehouse.rows(query) == [(1, "Ascites, Salty"), (2, "Made Disease"), (3, "Made Disease")]


@pytest.mark.slow
def test_ids_of_ten_thousand_sites_stay_within_the_trial(warehouse):
    """Ten thousand sites are ten thousand rows in their order, and no id is in the range of another trial."""
    sites = [{"facility": f"Site {ordinal}"} for ordinal in range(1, 10_001)]
    many = with_value(make_member_study(7), "protocolSection.contactsLocationsModule.locations", sites)
    warehouse.serve(
        many, with_value(make_member_study(8), "protocolSection.contactsLocationsModule.locations", sites[:1])
    )
    warehouse.sync()
    assert warehouse.rows("select count(*), count(distinct id) from ctgov.facilities") == [(10_001, 10_001)]
    found = "select id, name from ctgov.facilities where nct_id = $1 order by id desc limit 1"
    assert warehouse.rows(found, "NCT00000007") == [(70_010_000, "Site 10000")]
    assert warehouse.rows(found, "NCT00000008") == [(80_000_001, "Site 1")]
    assert warehouse.rows("select site_count from trials order by nct_id") == [(10_000,), (1,)]
