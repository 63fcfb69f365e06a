"""A row's id is made of its trial's number and its place in the record, and of nothing else."""

from __future__ import annotations

import pytest

from tests.support.warehouses import EVERYTHING, golden_studies, ill, put
from transform.catalog.model import load_catalog

ROW_TABLES = [table.qualified for table in load_catalog().tables if not table.per_trial]
WHOLE = "NCT91000001"


@pytest.fixture(scope="module")
def elsewhere(new_warehouse):
    """A warehouse that has the golden studies in other company, in another order, since its second night."""
    made = new_warehouse()
    made.follow(EVERYTHING)
    made.serve(ill(99000000))
    made.sync()
    made.serve(ill(1, conditions=["A made disease", "x", "y"]), *reversed(golden_studies()), ill(99000000))
    made.sync()
    return made


@pytest.mark.quick(3)
@pytest.mark.parametrize("table", ROW_TABLES)
def test_company_and_order_do_not_matter(of_aact, elsewhere, table):
    """The same record has the same rows with the same ids beside other trials, in another order, on another night."""
    query = f"select columns(lambda name: name not in ('created_at', 'updated_at')) from {table} where nct_id = $1"
    for study in golden_studies():
        nct_id = study["protocolSection"]["identificationModule"]["nctId"]
        assert of_aact.rows(f"{query} order by id", nct_id) == elsewhere.rows(f"{query} order by id", nct_id)
    assert of_aact.rows(f"from {table}")


@pytest.mark.parametrize("table", ROW_TABLES)
def test_an_id_is_the_trials_number_and_a_place(of_aact, table):
    """An id is the NCT number's digits times ten million plus 1, 2, 3 and so on, within each trial."""
    rows = of_aact.rows(f"select nct_id, list(id order by id) from {table} group by nct_id")
    for nct_id, ids in rows:
        assert ids == [int(nct_id[3:]) * 10_000_000 + place for place in range(1, len(ids) + 1)]


def test_the_place_is_the_one_in_the_records_list(warehouse, studies):
    """Of two conditions the second keeps its name under place 2, and takes place 1 when the first goes."""
    study = studies["a_whole_record"]
    conditions = "protocolSection.conditionsModule.conditions"
    query = "select id % 10_000_000, name from ctgov.conditions order by id"
    warehouse.serve(study)
    warehouse.sync()
    assert warehouse.rows(query) == [(1, "Made Disease"), (2, "Ascites, Salty")]
    warehouse.serve(put(study, conditions, ["Ascites, Salty", "Made Disease", "Made Disease"]))
    warehouse.sync(full=True)
    assert warehouse.rows(query) == [(1, "Ascites, Salty"), (2, "Made Disease"), (3, "Made Disease")]


@pytest.mark.slow
def test_a_trial_of_ten_thousand_sites_has_its_own_ids(warehouse):
    """Ten thousand sites are ten thousand rows in their order, none of them under another trial's numbers."""
    sites = [{"facility": f"Site {place}"} for place in range(1, 10_001)]
    many = put(ill(7), "protocolSection.contactsLocationsModule.locations", sites)
    warehouse.serve(many, put(ill(8), "protocolSection.contactsLocationsModule.locations", sites[:1]))
    warehouse.sync()
    assert warehouse.rows("select count(*), count(distinct id) from ctgov.facilities") == [(10_001, 10_001)]
    found = "select id, name from ctgov.facilities where nct_id = $1 order by id desc limit 1"
    assert warehouse.rows(found, "NCT00000007") == [(70_010_000, "Site 10000")]
    assert warehouse.rows(found, "NCT00000008") == [(80_000_001, "Site 1")]
    assert warehouse.rows("select site_count from trials order by nct_id") == [(10_000,), (1,)]
