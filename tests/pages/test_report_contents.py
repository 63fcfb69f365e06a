"""The report says of the set what the warehouse holds: figures, results, changes, each trial."""

from __future__ import annotations

import pytest

from flows.pages.report import write_report
from tests.support.clock import at
from tests.support.html_page import HtmlPage
from tests.support.warehouses import ill, put
from warehouse.connect import open_read_only
from warehouse.reading.report_data import read_report_data

STATUS, DESIGN = "protocolSection.statusModule", "protocolSection.designModule"
TRIALS = 10
SCRIPT = "<script>alert('title')</script>"


def trial(number, **parts):
    """A study of the set; `__` in the name of a part is a dot in its path."""
    study = ill(number, title=parts.pop("title", f"Trial {number}"))
    for path, value in parts.items():
        study = put(study, path.replace("__", "."), value)
    return study


def ended(number, day, of_type="ACTUAL", status="COMPLETED", **parts):
    """A study whose primary completion is on that day."""
    when = {"date": day, **({"type": of_type} if of_type else {})}
    study = put(trial(number, **parts), f"{STATUS}.overallStatus", status)
    return put(study, f"{STATUS}.primaryCompletionDateStruct", when)


def designed(study, phases, count, of_type, start):
    """The study, with a design and a start."""
    enrolled = {"count": count, "type": of_type}
    study = put(study, DESIGN, {"studyType": "INTERVENTIONAL", "phases": phases, "enrollmentInfo": enrolled})
    return put(study, f"{STATUS}.startDateStruct", {"date": start, "type": of_type})


def sited(study, *countries):
    """The study, with one site a country given."""
    sites = [{"facility": f"Site {place}", "country": country} for place, country in enumerate(countries)]
    return put(study, "protocolSection.contactsLocationsModule.locations", sites)


STUDIES = [
    sited(designed(trial(1, title=SCRIPT), ["PHASE1", "PHASE2"], 40, "ESTIMATED", "2020-05"), *2 * ["China"], "India"),
    sited(designed(ended(2, "2025-09-10"), ["PHASE2"], 100, "ACTUAL", "2018-03-01"), "China"),
    ended(3, "2025-09-11"),
    ended(4, "2025-09"),
    ended(5, "2025-08"),
    ended(6, "2020", "ESTIMATED", "UNKNOWN"),
    ended(7, "2019-01-01", status="WITHDRAWN"),
    ended(8, "2019-01-01", hasResults=True),
    ended(9, "2019-01-01", None),
    trial(10, title="Left & right <b>", protocolSection__descriptionModule={"briefSummary": "<img src=x onerror=y>"}),
]


@pytest.fixture(scope="module")
def made(new_warehouse):
    """A warehouse with two nights: on the second the last study's status is another, and its first one has left."""
    warehouse = new_warehouse()
    warehouse.serve(*STUDIES, trial(11))
    with at("2026-09-11 03:00"):
        warehouse.sync()
    suspended = put(STUDIES[-1], f"{STATUS}.overallStatus", "SUSPENDED")
    warehouse.serve(*STUDIES[:-1], suspended, ill(11, title="Trial 11", conditions=["Other"]))
    with at("2026-09-12 03:00"):
        warehouse.sync(full=True, accept_shrink=True)
    return warehouse


@pytest.fixture(scope="module")
def data(made):
    """What the report shows of it."""
    with open_read_only(made.path) as connection:
        return read_report_data(connection)


@pytest.fixture(scope="module")
def page(made):
    """The report of it."""
    file = made.folder / "report.html"
    write_report(made.path, file, made.job("sync").condition_set)
    return HtmlPage(file.read_text())


def test_the_figures_are_those_of_the_set(data):
    """Trials, countries, sites and participants count the members of the set, and nobody who left."""
    names = ("trials", "open", "completed", "with_results", "countries", "sites")
    told = {name: data.figures[name] for name in names}
    assert told == {"trials": 10, "open": 1, "completed": 6, "with_results": 1, "countries": 2, "sites": 4}
    assert (data.figures["enrolled"], data.figures["expected"]) == (100, 40)
    assert data.countries[0] == {"country": "China", "trials": 2, "sites": 3}


def test_phases_starts_and_enrollment_are_counted(data):
    """Each trial counts once by phase and status, by the year it starts, and by its number of participants."""
    phases = [(row["phase"], row["status_group"], row["trials"]) for row in data.phases]
    assert phases[:2] == [("Phase 1/Phase 2", "open", 1), ("Phase 2", "completed", 1)]
    assert sum(trials for _, _, trials in phases) == TRIALS
    assert [(row["year"], row["kind"], row["trials"]) for row in data.starts] == [
        (2018, "actual", 1),
        (2019, "actual", 0),
        (2020, "estimated", 1),
    ]
    assert {row["participants"]: row["trials"] for row in data.enrollment if row["trials"]} == {
        "25–49": 1,
        "100–199": 1,
    }


def test_results_are_overdue_a_year_after_an_actual_primary_completion(data):
    """On September 12, 2026 a trial counts once twelve months are over after the last day that its date may mean."""
    assert data.night["day"].isoformat() == "2026-09-12"
    assert {row["nct_id"][-2:]: row["state"] for row in data.results} == {
        "02": "overdue",  # 2025-09-10
        "03": "overdue",  # 2025-09-11, a year and a day ago
        "05": "overdue",  # some day of August 2025
        "06": "unconfirmed",  # an estimate
        "08": "posted",
        "09": "unconfirmed",  # nobody says that it is actual
    }  # and neither 04, which may have ended on 2025-09-30, nor 07, which was withdrawn


def test_the_page_says_the_same(page):
    """The page has each figure by its words, each chart's table, and every trial of the set as a row."""
    assert "Made disease 10 trials, as the registry had them on September 12, 2026." in page.text
    for words in (
        "Trials in the set 10",
        "Results overdue 3",
        "Countries 2 with 4 sites",
        "enrolled; 40 more expected",
    ):
        assert words in page.text
    assert ["China", "2", "3"] in page.rows
    assert ["Phase 2", "0", "1", "0", "0", "1"] in page.rows
    assert ["2025", "0", "3", "0", "3"] in page.rows
    row = next(row for row in page.rows if "NCT00000002" in row[0] and len(row) == 6)
    assert row == ["Trial 2 NCT00000002", "Completed", "Phase 2", "2018-03-01", "100", "China"]


def test_what_changed_is_told(page):
    """The newest night stands first, with who left and why, and what changed in words."""
    assert "September 12, 2026 03:00 UTC 1 left, 2 changed" in page.text
    assert "left the set (left the search)" in page.text
    assert "overall status: Recruiting → Suspended" in page.text
    assert "September 11, 2026 03:00 UTC 11 joined" in page.text


def test_each_trial_has_its_page(page):
    """Every trial has a section with the summary page's headings, where the table's link leads."""
    sections = [attributes["id"] for attributes in page.all("article")]
    assert sorted(sections) == [f"NCT{number:08}" for number in range(1, TRIALS + 1)]
    links = [attributes["href"] for attributes in page.all("a")]
    assert {f"#{section}" for section in sections} <= set(links)
    assert page.text.count("Clinical Trial Description") == TRIALS
    assert page.text.count("Study Design") == TRIALS
    targets = {f"#{attributes['id']}" for _, attributes in page.tags if "id" in attributes}
    assert {link for link in links if link.startswith("#")} <= targets


def test_what_the_registry_sends_is_text(page):
    """A title with a script is shown as it is; it becomes no tag, nowhere."""
    assert SCRIPT in page.text
    assert "<img src=x onerror=y>" in page.text
    assert len(page.all("script")) == 1
    assert not page.all("img")
    assert not [name for _, attributes in page.tags for name in attributes if name.startswith("on")]


def test_an_empty_set_has_a_page(new_warehouse, tmp_path):
    """A warehouse whose set is empty, as after a backfill alone, gives a page without charts."""
    warehouse = new_warehouse()
    warehouse.serve(ill(1))
    warehouse.backfill("NCT00000001")
    written = write_report(warehouse.path, tmp_path / "report.html", warehouse.job("sync").condition_set)
    page = HtmlPage((tmp_path / "report.html").read_text())
    assert (written["trials"], page.all("svg"), page.all("article")) == (0, [], [])
    assert "No record says it." in page.text
