"""The report shows what the warehouse holds of the set: figures, results, changes, and each trial."""

from __future__ import annotations

import pytest

from flows.pages import report
from flows.pages.report import write_report
from tests.support.clock import clock_stands_at
from tests.support.html_page import HtmlPage
from tests.support.warehouses import make_member_study, with_value
from warehouse.connect import open_read_only
from warehouse.reading import report_data
from warehouse.reading.report_data import read_report_data

STATUS, DESIGN = "protocolSection.statusModule", "protocolSection.designModule"
TRIALS = 10
SCRIPT = "<script>alert('title')</script>"


def make_trial(number, **parts):
    """Make a study of the set; `__` in the name of a part is a dot in its path."""
    study = make_member_study(number, title=parts.pop("title", f"Trial {number}"))
    for path, value in parts.items():
        study = with_value(study, path.replace("__", "."), value)
    return study


def make_ended_trial(number, day, of_type="ACTUAL", status="COMPLETED", **parts):
    """Make a study whose primary completion is on that day."""
    when = {"date": day, **({"type": of_type} if of_type else {})}
    study = with_value(make_trial(number, **parts), f"{STATUS}.overallStatus", status)
    return with_value(study, f"{STATUS}.primaryCompletionDateStruct", when)


def add_design(study, phases, count, of_type, start):
    """Return the study with a design and a start."""
    enrolled = {"count": count, "type": of_type}
    study = with_value(study, DESIGN, {"studyType": "INTERVENTIONAL", "phases": phases, "enrollmentInfo": enrolled})
    return with_value(study, f"{STATUS}.startDateStruct", {"date": start, "type": of_type})


def add_sites(study, *countries):
    """Return the study with one site for each country given."""
    sites = [{"facility": f"Site {index}", "country": country} for index, country in enumerate(countries)]
    return with_value(study, "protocolSection.contactsLocationsModule.locations", sites)


STUDIES = [
    add_sites(
        add_design(make_trial(1, title=SCRIPT), ["PHASE1", "PHASE2"], 40, "ESTIMATED", "2020-05"),
        *2 * ["China"],
        "India",
    ),
    add_sites(add_design(make_ended_trial(2, "2025-09-10"), ["PHASE2"], 100, "ACTUAL", "2018-03-01"), "China"),
    make_ended_trial(3, "2025-09-11"),
    make_ended_trial(4, "2025-09"),
    make_ended_trial(5, "2025-08"),
    make_ended_trial(6, "2020", "ESTIMATED", "UNKNOWN"),
    make_ended_trial(7, "2019-01-01", status="WITHDRAWN"),
    make_ended_trial(8, "2019-01-01", hasResults=True),
    make_ended_trial(9, "2019-01-01", None),
    make_trial(
        10, title="Left & right <b>", protocolSection__descriptionModule={"briefSummary": "<img src=x onerror=y>"}
    ),
]


@pytest.fixture(scope="module")
def made(make_warehouse):
    """Return a warehouse with two nights: on the second, one study has another status, and one has left."""
    warehouse = make_warehouse()
    warehouse.serve(*STUDIES, make_trial(11))
    with clock_stands_at("2026-09-11 03:00"):
        warehouse.sync()
    suspended = with_value(STUDIES[-1], f"{STATUS}.overallStatus", "SUSPENDED")
    warehouse.serve(*STUDIES[:-1], suspended, make_member_study(11, title="Trial 11", conditions=["Other"]))
    with clock_stands_at("2026-09-12 03:00"):
        warehouse.sync(full=True, accept_shrink=True)
    return warehouse


@pytest.fixture(scope="module")
def data(made):
    """Return what the report shows of the warehouse."""
    with open_read_only(made.path) as connection:
        return read_report_data(connection)


@pytest.fixture(scope="module")
def page(made):
    """Return the report of the warehouse."""
    file = made.folder / "report.html"
    write_report(made.path, file)
    return HtmlPage(file.read_text())


def test_the_figures_are_those_of_the_set(data):
    """Trials, countries, sites and participants are counted for the members of the set, not for trials that left."""
    names = ("trials", "open", "completed", "with_results", "countries", "sites")
    figures = {name: data.figures[name] for name in names}
    assert figures == {"trials": 10, "open": 1, "completed": 6, "with_results": 1, "countries": 2, "sites": 4}
    assert (data.figures["enrolled"], data.figures["expected"]) == (100, 40)
    assert data.countries[0] == {"country": "China", "trials": 2, "sites": 3}


def test_phases_starts_and_enrollment_are_counted(data):
    """Each trial counts once by phase and status, by the year of its start, and by its number of participants."""
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


def test_the_page_shows_the_same_figures(page):
    """The page has each figure with its label, the table of each chart, and a row for every trial of the set."""
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


def test_changes_are_shown(page):
    """The newest night comes first, with the trials that left, the reason, and the changes in words."""
    assert "September 12, 2026 03:00 UTC 1 left, 2 changed" in page.text
    assert "left the set made (left the search)" in page.text
    assert "overall status: Recruiting → Suspended" in page.text
    assert "September 11, 2026 03:00 UTC 11 joined" in page.text


def test_each_trial_has_its_page(page):
    """Every trial has a section with the headings of the summary page, and the table links to it."""
    sections = [attributes["id"] for attributes in page.all("article")]
    assert sorted(sections) == [f"NCT{number:08}" for number in range(1, TRIALS + 1)]
    links = [attributes["href"] for attributes in page.all("a")]
    assert {f"#{section}" for section in sections} <= set(links)
    assert page.text.count("Clinical Trial Description") == TRIALS
    assert page.text.count("Study Design") == TRIALS
    targets = {f"#{attributes['id']}" for _, attributes in page.tags if "id" in attributes}
    assert {link for link in links if link.startswith("#")} <= targets


def test_a_large_set_is_cut_and_the_page_says_so(made, tmp_path, monkeypatch):
    """Of a large set the table, the summaries and the overdue trials are cut; the counts are of the whole set."""
    monkeypatch.setattr(report_data, "MOST_TRIALS", 6)
    monkeypatch.setattr(report_data, "MOST_SUMMARIES", 4)
    monkeypatch.setattr(report, "MOST_OVERDUE", 2)
    write_report(made.path, tmp_path / "report.html")
    page = HtmlPage((tmp_path / "report.html").read_text())
    assert "Of 10 trials, the table has the 6 with the latest start" in page.text
    assert len([row for row in page.rows if "NCT000000" in row[0] and len(row) == 6]) == 6
    assert "The 4 trials with the latest start have a summary here" in page.text
    sections = [attributes["id"] for attributes in page.all("article")]
    assert len(sections) == 4
    assert "The 3 trials whose results are overdue" in page.text
    assert "And 1 more, whose primary completion is later." in page.text
    # No link leads nowhere: a trial without a summary leads to the registry.
    links = {attributes["href"] for attributes in page.all("a")}
    targets = {f"#{attributes['id']}" for _, attributes in page.tags if "id" in attributes}
    assert {link for link in links if link.startswith("#")} <= targets
    assert any(link.startswith("https://clinicaltrials.gov/study/") for link in links)


def test_texts_of_the_registry_stay_text(page):
    """A title with a script is shown as it is, and never becomes a tag."""
    assert SCRIPT in page.text
    assert "<img src=x onerror=y>" in page.text
    assert len(page.all("script")) == 2
    assert not page.all("img")
    assert not [name for _, attributes in page.tags for name in attributes if name.startswith("on")]


def test_an_empty_set_has_a_page(make_warehouse, tmp_path):
    """A warehouse whose set is empty, as after a backfill alone, gives a page without charts."""
    warehouse = make_warehouse()
    warehouse.serve(make_member_study(1))
    warehouse.backfill("NCT00000001")
    written = write_report(warehouse.path, tmp_path / "report.html")
    page = HtmlPage((tmp_path / "report.html").read_text())
    assert (written["trials"], page.all("svg"), page.all("article")) == (0, [], [])
    assert "No record gives this." in page.text
