"""Each check finds rows that break its promise; severity error stops the publish, severity warn is only reported."""

from __future__ import annotations

import shutil

import pytest

from tests.support.warehouses import make_member_study, with_value
from transform.catalog.files import load_catalog
from warehouse.errors import CheckFailed
from warehouse.health.checks import refuse_failures, run_checks
from warehouse.paths import Paths
from warehouse.sql.files import list_sql, read_sql
from warehouse.store import open_store

STATUS = "protocolSection.statusModule"
BREAKS = {
    # a check, and a statement after which the check finds rows in the store of the made studies
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
def sound(tmp_path_factory, synced_warehouse):
    """A connection to a store that holds the made studies."""
    folder = tmp_path_factory.mktemp("checked")
    shutil.copyfile(synced_warehouse.path, folder / "aclf.duckdb")
    with open_store(Paths.of(folder / "aclf.duckdb")) as store:
        yield store


@pytest.fixture
def store(sound):
    """The same connection; the changes of the test are rolled back."""
    sound.execute("begin")
    yield sound
    sound.execute("rollback")


def count_failures(store) -> dict[str, int]:
    """Return the number of failing rows of each check that has any."""
    return {finding.name: finding.failures for finding in run_checks(store) if finding.failures}


def test_sound_data_passes_every_check(store):
    """The made studies break no promise, and every check has run."""
    assert count_failures(store) == {}
    assert [finding.name for finding in run_checks(store)] == list(list_sql("checks"))


@pytest.mark.fault(28)
@pytest.mark.parametrize("name", list(list_sql("checks")))
def test_each_check_finds_rows_that_break_its_promise(store, name):
    """The check of a broken promise finds the rows, and has one of them as its example."""
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


@pytest.mark.parametrize("table", [table.qualified for table in load_catalog().tables if not table.is_per_trial])
def test_every_table_with_row_ids_is_checked(store, table):
    """A row without a trial and two rows with one id are found in each such table."""
    store.execute(f"insert into {table} (id, nct_id) values (5, null), (5, null)")
    assert count_failures(store).keys() >= {"every_row_belongs_to_a_trial", "row_ids_are_unique"}


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
def test_only_a_certain_reversal_is_found(store, start, completion, failures):
    """A month or a year counts as before the start only if every day of it is."""
    store.execute(
        "update main.trials set start_date = $1, start_date_precision = $2, completion_date = $3, "
        "completion_date_precision = $4 where nct_id = 'NCT90000002'",
        [*start, *completion],
    )
    assert count_failures(store).get("a_trial_ends_after_it_starts", 0) == failures


@pytest.mark.fault(21)
@pytest.mark.parametrize(("unknown", "failures"), [(3, 0), (4, 4)])
def test_few_unknown_statuses_do_not_stop_a_night(store, unknown, failures):
    """Three unknown statuses break no promise; four of them, over a twentieth of the trials, stop the publish."""
    store.execute(f"update main.trials set status_label = null where nct_id <= 'NCT900000{unknown:02}'")
    assert count_failures(store).get("nearly_every_status_is_known", 0) == failures


@pytest.fixture(scope="module")
def five_trials(make_warehouse):
    """A warehouse that holds five trials."""
    warehouse = make_warehouse()
    warehouse.serve(*(make_member_study(number) for number in range(1, 6)))
    warehouse.sync()
    return warehouse


@pytest.fixture
def copied(five_trials, tmp_path):
    """A copy of the warehouse with five trials."""
    return five_trials.copy_to(tmp_path)


def test_failed_check_stops_the_publish(copied):
    """A night of unknown statuses changes neither file nor store; the run and its finding are recorded."""
    file, data = copied.path.resolve(), copied.path.read_bytes()
    copied.serve(
        *(
            with_value(make_member_study(number, title="B"), f"{STATUS}.overallStatus", "PAUSED")
            for number in range(1, 6)
        ),
        make_member_study(6),
    )
    with pytest.raises(CheckFailed, match=r"nearly every status is known: 5 do not, for example .*PAUSED"):
        copied.sync()
    assert (copied.path.resolve(), copied.path.read_bytes()) == (file, data)
    assert copied.stored("select distinct brief_title from main.trials") == [("A trial",)]
    assert copied.stored("select count(*) from raw.studies where version > 1") == [(0,)]
    assert copied.stored("select outcome, inserted, updated from ops.runs where run_id = 2") == [("failed", 0, 0)]
    ((message,),) = copied.stored("select message from ops.runs where run_id = 2")
    assert "nothing was published" in message
    query = "select severity, failures from ops.checks where run_id = 2 and name = 'nearly_every_status_is_known'"
    assert copied.stored(query) == [("error", 5)]
    assert copied.stored("select count(*) from ops.run_trials where run_id = 2") == [(0,)]


def test_night_after_a_failed_check_publishes(copied):
    """When the registry is sound again, the next run publishes it, with the failed run in the history."""
    copied.serve(
        *(with_value(make_member_study(number), f"{STATUS}.overallStatus", "PAUSED") for number in range(1, 6))
    )
    with pytest.raises(CheckFailed):
        copied.sync()
    copied.serve(*(make_member_study(number, title="Better", updated="2024-02-01") for number in range(1, 6)))
    assert copied.sync()["outcome"] == "published"
    assert copied.rows("select distinct brief_title, version from trials") == [("Better", 2)]
    assert copied.rows("select outcome from ops.runs order by run_id") == [("published",), ("failed",), ("published",)]


@pytest.mark.fault(28)
def test_warning_is_reported_and_published(copied):
    """A trial that ends before it starts is published, recorded in `ops.checks` and named in the message of the run."""
    start, end = f"{STATUS}.startDateStruct.date", f"{STATUS}.completionDateStruct.date"
    copied.serve(
        with_value(with_value(make_member_study(1), start, "2021-05-02"), end, "2020-01-01"),
        *(make_member_study(number) for number in range(2, 6)),
    )
    run_summary = copied.sync(full=True)
    assert run_summary["outcome"] == "published"
    assert "a trial ends after it starts" in run_summary["message"]
    query = "select severity, failures, example from ops.checks where run_id = 2 and failures > 0"
    ((severity, failures, example),) = copied.rows(query)
    assert (severity, failures) == ("warn", 1)
    assert "NCT00000001" in example
    assert copied.rows(
        "select count(*) = (select count(distinct name) from ops.checks) from ops.checks where run_id = 2"
    ) == [(True,)]


@pytest.mark.fault(28)
def test_distant_start_and_future_actual_end_load(copied):
    """A planned start in 2090 loads; an actual end in the future loads too, with a warning."""
    planned = with_value(make_member_study(1), f"{STATUS}.startDateStruct", {"date": "2090-01-01", "type": "ESTIMATED"})
    ended = with_value(make_member_study(2), f"{STATUS}.completionDateStruct", {"date": "2031-05-02", "type": "ACTUAL"})
    copied.serve(planned, ended, *(make_member_study(number) for number in range(3, 6)))
    run_summary = copied.sync(full=True)
    assert (run_summary["outcome"], run_summary["updated"], run_summary["problems"]) == ("published", 2, 0)
    assert run_summary["message"] == "2 changed; to look at: what is actual has happened."
    query = "select cast(coalesce(start_date, completion_date) as varchar) from trials where nct_id < 'NCT00000003'"
    assert copied.rows(f"{query} order by nct_id") == [("2090-01-01",), ("2031-05-02",)]


def test_every_check_has_a_severity():
    """The first line of each check is one of the two severities, and each check has a test of its promise."""
    for name in list_sql("checks"):
        assert read_sql("checks", name).partition("\n")[0] in {f"-- severity: {severity}" for severity in SEVERITIES}
    assert BREAKS.keys() == set(list_sql("checks"))
