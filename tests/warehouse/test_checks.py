"""Each check finds what breaks its promise; one of severity error stops the publish, one of severity warn is told."""

from __future__ import annotations

import shutil

import pytest

from tests.support.warehouses import ill, put
from transform.catalog.model import load_catalog
from warehouse.errors import CheckFailed
from warehouse.health.checks import refuse_failures, run_checks
from warehouse.paths import Paths
from warehouse.sql.files import list_sql, read_sql
from warehouse.store import open_store

STATUS = "protocolSection.statusModule"
BREAKS = {
    # a check, and a statement after which it finds rows in the store of the made studies
    "a_trial_ends_after_it_starts": "update main.trials set completion_date = '2019-01-31', "
    "completion_date_precision = 'day' where nct_id = 'NCT90000001'",
    "a_trial_stands_once": "insert into main.trials from main.trials limit 1",
    "an_unknown_status_has_the_last_known_one": "update main.trials set last_known_status = null",
    "every_record_is_a_trial": "delete from main.trials where nct_id = 'NCT90000003'",
    "every_row_belongs_to_a_trial": "insert into ctgov.keywords (id, nct_id) values (1, 'NCT00000001')",
    "every_trial_has_a_status": "update main.trials set overall_status = null where nct_id = 'NCT90000002'",
    "every_trial_has_a_title": "update main.trials set brief_title = null where nct_id = 'NCT90000002'",
    "every_trial_is_a_study": "delete from ctgov.studies where nct_id = 'NCT90000003'",
    "nearly_every_status_is_known": "update main.trials set status_label = null where nct_id < 'NCT90000005'",
    "row_ids_are_unique": "insert into ctgov.facilities from ctgov.facilities limit 1",
    "what_is_actual_has_happened": "update main.trials set primary_completion_date = '2024-03-01' "
    "where nct_id = 'NCT90000001'",
}
SEVERITIES = {"error", "warn"}


@pytest.fixture(scope="module")
def sound(tmp_path_factory, synced):
    """A connection to a store that holds the made studies."""
    folder = tmp_path_factory.mktemp("checked")
    shutil.copyfile(synced.path, folder / "aclf.duckdb")
    with open_store(Paths.of(folder / "aclf.duckdb")) as store:
        yield store


@pytest.fixture
def store(sound):
    """The same, with whatever a test does to it undone."""
    sound.execute("begin")
    yield sound
    sound.execute("rollback")


def found(store) -> dict[str, int]:
    """The failing rows of each check that has any."""
    return {finding.name: finding.failures for finding in run_checks(store) if finding.failures}


def test_sound_data_passes_every_check(store):
    """The made studies break no promise, and each check has said so."""
    assert found(store) == {}
    assert [finding.name for finding in run_checks(store)] == list(list_sql("checks"))


@pytest.mark.fault(28)
@pytest.mark.parametrize("name", list(list_sql("checks")))
def test_each_check_finds_what_breaks_its_promise(store, name):
    """A store that breaks a promise is found by the check of that name, with one of the rows as its example."""
    store.execute(BREAKS[name])
    (finding,) = [finding for finding in run_checks(store) if finding.name == name]
    assert finding.failures >= 1
    assert "NCT" in finding.example
    assert finding.severity in SEVERITIES
    assert read_sql("checks", name).startswith(f"-- severity: {finding.severity}\n")
    if finding.severity == "error":
        with pytest.raises(CheckFailed, match=name.replace("_", " ")):
            refuse_failures([finding])
    else:
        refuse_failures([finding])


@pytest.mark.parametrize("table", [table.qualified for table in load_catalog().tables if not table.per_trial])
def test_every_table_of_rows_is_checked(store, table):
    """A row without its trial, and two rows of one id, are found in whichever table they stand."""
    store.execute(f"insert into {table} (id, nct_id) values (5, null), (5, null)")
    assert found(store).keys() >= {"every_row_belongs_to_a_trial", "row_ids_are_unique"}


@pytest.mark.fault(28)
@pytest.mark.parametrize(
    ("start", "completion", "failures"),
    [
        (("2020-05-02", "day"), ("2020-05-01", "day"), 1),
        (("2020-05-02", "day"), ("2020-05-02", "day"), 0),
        (("2020-05-02", "day"), ("2020-05-01", "month"), 0),
        (("2020-05-01", "month"), ("2020-04-01", "month"), 1),
        (("2020-05-01", "month"), ("2020-01-01", "year"), 0),
        (("2020-05-02", "day"), ("2019-01-01", "year"), 0),
        (("2020-01-01", "year"), ("2020-01-01", "month"), 0),
    ],
)
def test_only_a_sure_reversal_is_told(store, start, completion, failures):
    """A month or a year counts as before the start only when all of it is."""
    store.execute(
        "update main.trials set start_date = $1, start_date_precision = $2, completion_date = $3, "
        "completion_date_precision = $4 where nct_id = 'NCT90000002'",
        [*start, *completion],
    )
    assert found(store).get("a_trial_ends_after_it_starts", 0) == failures


@pytest.mark.fault(21)
@pytest.mark.parametrize(("unknown", "failures"), [(3, 0), (4, 4)])
def test_a_few_unknown_statuses_do_not_stop_a_night(store, unknown, failures):
    """Three unknown statuses are only set aside; more of them, where they are over a twentieth, stop the publish."""
    store.execute(f"update main.trials set status_label = null where nct_id <= 'NCT900000{unknown:02}'")
    assert found(store).get("nearly_every_status_is_known", 0) == failures


@pytest.fixture(scope="module")
def five(new_warehouse):
    """A warehouse that holds five trials."""
    warehouse = new_warehouse()
    warehouse.serve(*(ill(number) for number in range(1, 6)))
    warehouse.sync()
    return warehouse


@pytest.fixture
def held(five, tmp_path):
    """A copy of it."""
    return five.copied(tmp_path)


def test_a_failed_check_stops_the_publish(held):
    """A night whose statuses are unknown leaves file and store as they were; the run and its finding are noted."""
    file, data = held.path.resolve(), held.path.read_bytes()
    held.serve(*(put(ill(number, title="B"), f"{STATUS}.overallStatus", "PAUSED") for number in range(1, 6)), ill(6))
    with pytest.raises(CheckFailed, match=r"nearly every status is known: 5 do not, as in .*PAUSED"):
        held.sync()
    assert (held.path.resolve(), held.path.read_bytes()) == (file, data)
    assert held.stored("select distinct brief_title from main.trials") == [("A trial",)]
    assert held.stored("select count(*) from raw.studies where version > 1") == [(0,)]
    assert held.stored("select outcome, inserted, updated from ops.runs where run_id = 2") == [("failed", 0, 0)]
    ((message,),) = held.stored("select message from ops.runs where run_id = 2")
    assert "nothing was published" in message
    query = "select severity, failures from ops.checks where run_id = 2 and name = 'nearly_every_status_is_known'"
    assert held.stored(query) == [("error", 5)]
    assert held.stored("select count(*) from ops.run_trials where run_id = 2") == [(0,)]


def test_the_night_after_a_failed_check_publishes(held):
    """Once the registry is sound again, the next run publishes it, the failed run in its history."""
    held.serve(*(put(ill(number), f"{STATUS}.overallStatus", "PAUSED") for number in range(1, 6)))
    with pytest.raises(CheckFailed):
        held.sync()
    held.serve(*(ill(number, title="Better", updated="2024-02-01") for number in range(1, 6)))
    assert held.sync()["outcome"] == "published"
    assert held.rows("select distinct brief_title, version from trials") == [("Better", 2)]
    assert held.rows("select outcome from ops.runs order by run_id") == [("published",), ("failed",), ("published",)]


@pytest.mark.fault(28)
def test_a_warning_is_told_and_published(held):
    """A trial that ends before it starts is published, noted in `ops.checks` and named in the run's message."""
    start, end = f"{STATUS}.startDateStruct.date", f"{STATUS}.completionDateStruct.date"
    held.serve(put(put(ill(1), start, "2021-05-02"), end, "2020-01-01"), *(ill(number) for number in range(2, 6)))
    report = held.sync(full=True)
    assert report["outcome"] == "published"
    assert "a trial ends after it starts" in report["message"]
    query = "select severity, failures, example from ops.checks where run_id = 2 and failures > 0"
    ((severity, failures, example),) = held.rows(query)
    assert (severity, failures) == ("warn", 1)
    assert "NCT00000001" in example
    assert held.rows(
        "select count(*) = (select count(distinct name) from ops.checks) from ops.checks where run_id = 2"
    ) == [(True,)]


@pytest.mark.fault(28)
def test_a_far_start_and_an_end_to_come_load(held):
    """A start in 2090 is a plan like any other; an end that has happened but lies in the future loads, and is told."""
    planned = put(ill(1), f"{STATUS}.startDateStruct", {"date": "2090-01-01", "type": "ESTIMATED"})
    ended = put(ill(2), f"{STATUS}.completionDateStruct", {"date": "2031-05-02", "type": "ACTUAL"})
    held.serve(planned, ended, *(ill(number) for number in range(3, 6)))
    report = held.sync(full=True)
    assert (report["outcome"], report["updated"], report["problems"]) == ("published", 2, 0)
    assert report["message"] == "2 changed; to look at: what is actual has happened."
    query = "select cast(coalesce(start_date, completion_date) as varchar) from trials where nct_id < 'NCT00000003'"
    assert held.rows(f"{query} order by nct_id") == [("2090-01-01",), ("2031-05-02",)]


def test_every_check_has_a_severity():
    """A check's first line is one of the two severities, and its query runs."""
    for name in list_sql("checks"):
        assert read_sql("checks", name).partition("\n")[0] in {f"-- severity: {severity}" for severity in SEVERITIES}
    assert BREAKS.keys() == set(list_sql("checks"))
