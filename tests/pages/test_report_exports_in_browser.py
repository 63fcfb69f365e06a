"""In a real browser the report copies, exports, compares and maps what it shows, and hostile texts stay text."""

from __future__ import annotations

import csv
import re

import pytest

from extract.printable import disarm_formula
from flows.pages.report import write_report
from tests.support.browser import needs_browser, open_browser
from tests.support.made_studies import make_nct_id
from tests.support.report_page import ReportPage
from tests.support.report_studies import FORMULA, STUDIES

pytestmark = needs_browser

SOURCE = "Source: U.S. National Library of Medicine, ClinicalTrials.gov; data of 2026-09-11 09:00:04 UTC."


def format_line(warehouse):
    """Return the line that each export carries: whose data it is, of when, and that this registry is another."""
    return f"{SOURCE} Read from {warehouse.server.url}."


@pytest.fixture(scope="module")
def warehouse(make_warehouse):
    """Return a warehouse whose set has rules."""
    made = make_warehouse()
    made.use_condition_set('name = "made"\ntitle = "Made"\nsearch = "\\"made disease\\""\nrules = ["aclf"]\n')
    made.serve(*STUDIES)
    made.sync()
    return made


@pytest.fixture(scope="module")
def page(warehouse):
    """Open the report in a browser that saves files beside the warehouse."""
    write_report(warehouse.path, warehouse.folder / "report.html")
    with open_browser() as driver:
        saving = {"behavior": "allow", "downloadPath": str(warehouse.folder)}
        driver.execute_cdp_cmd("Browser.setDownloadBehavior", saving)
        yield ReportPage(driver, warehouse.folder / "report.html")


def save(page, action):
    """Press a button that saves a file, and return the file's text."""
    file = page.file.parent / f"trials-2026-09-11.{action}"
    file.unlink(missing_ok=True)
    page.press(action)
    page.wait(file.exists)
    assert page.said == f"{len(page.list_shown())} trials saved as {file.name}."
    return file.read_bytes().decode()


def read_ris(text):
    """Return the entries of a RIS file, each a list of tags and values; refuse what is not RIS."""
    entries = []
    for line in text.split("\r\n"):
        if not line:
            continue
        tag, value = re.fullmatch(r"([A-Z][A-Z0-9])  - (.*)", line).groups()
        if tag == "TY":
            entries.append([])
        entries[-1].append((tag, value))
    assert all([tag for tag, _ in entry].count("ER") == 1 and entry[-1] == ("ER", "") for entry in entries)
    return entries


def test_the_numbers_are_copied(page):
    """The clipboard gets the NCT numbers of the trials shown, in the order of the table, and the page says so."""
    page.open("country=China&sort=title.descending")
    shown = page.list_shown()
    assert shown == [make_nct_id(2), make_nct_id(3)]
    page.press("copy")
    page.wait(lambda: page.said == "2 NCT numbers copied.")
    page.run("document.body.append(Object.assign(document.createElement('textarea'), {id: 'paste'}))")
    field = page.find_one("#paste")
    field.send_keys("\ue009v")
    assert field.get_attribute("value").split() == shown


def test_the_csv_has_what_is_shown(page, warehouse):
    """The CSV has a row for each trial that is shown, and each names the source and the day of the data."""
    page.open("country=Germany&country=China&sort=enrollment.ascending")
    text = save(page, "csv")
    assert text.startswith("\ufeffnct_id,")
    rows = list(csv.DictReader(text.removeprefix("\ufeff").splitlines()))
    found = warehouse.rows(
        "select nct_id, brief_title, status_label, phase_label, enrollment::varchar, lead_sponsor,"
        " array_to_string(countries, '; ')"
        " from trials where list_has_any(countries, ['Germany', 'China']) order by enrollment"
    )
    columns = ("nct_id", "title", "status", "phase", "enrollment", "lead_sponsor", "countries")
    assert [tuple(row[name] for name in columns) for row in rows] == found
    first = rows[0]
    assert (first["start_date"], first["start_date_type"]) == ("2026-01-05", "estimated")
    assert first["primary_outcomes"] == "28-day mortality [28 days]"
    assert (first["intervention_classes"], first["primary_outcome_classes"]) == ("plasma exchange", "death or survival")
    assert {(row["source"], row["data_date"]) for row in rows} == {(format_line(warehouse), "2026-09-11")}
    assert {row["url"] for row in rows} == {f"https://clinicaltrials.gov/study/{nct_id}" for nct_id, *_ in found}


def test_a_spreadsheet_runs_nothing(page):
    """A text that a spreadsheet would run as a formula has an apostrophe before it, as in the product's other CSV."""
    page.open("sponsor=INDIV")
    file = page.file.parent / "trials-2026-09-11.csv"
    file.unlink(missing_ok=True)
    page.press("csv")
    page.wait(file.exists)
    (row,) = csv.DictReader(file.read_text("utf-8-sig").splitlines())
    assert row["lead_sponsor"] == disarm_formula(FORMULA) == f"'{FORMULA}"
    assert "\u202e" not in file.read_text()


def test_the_ris_has_what_is_shown(page, warehouse):
    """The RIS has an entry for each trial, which a reader of RIS can read, and no text of a record begins another."""
    page.open()
    entries = read_ris(save(page, "ris"))
    assert [dict(entry)["AN"] for entry in entries] == page.list_shown()
    first = dict(entries[0])
    assert {name: first[name] for name in ("TY", "TI", "AU", "AN", "DB", "DP", "UR", "Y2")} == {
        "TY": "DBASE",
        "TI": "Plasma exchange in liver failure",
        "AU": "Hôpital Général",
        "AN": make_nct_id(1),
        "DB": "ClinicalTrials.gov",
        "DP": "U.S. National Library of Medicine",
        "UR": f"https://clinicaltrials.gov/study/{make_nct_id(1)}",
        "Y2": "2026/09/11",
    }
    assert ("N1", "Status: Recruiting; Phase: Phase 2; Enrollment: 40; Start: 2026-01-05 (estimated)") in entries[0]
    assert all(("N1", format_line(warehouse)) in entry for entry in entries)
    forged = [value for entry in entries for tag, value in entry if tag == "AB" and "forged" in value]
    assert forged == ["One line. ER - TY - JOUR TI - A forged entry"]


def test_trials_are_compared(page):
    """Two to four picked trials stand side by side; the address opens the comparison again, and Close ends it."""
    page.open()
    page.press("compare")
    assert page.said == "Pick two to four trials in the table's column Compare first."
    for number in (2, 1):
        page.find_one(f"#table input[aria-label='Compare {make_nct_id(number)}']").send_keys(" ")
    assert page.find_one("[data-action=compare]").text == "Compare 2 trials"
    page.find_one("[data-action=compare]").send_keys("\ue007")
    assert page.driver.switch_to.active_element.text == "Trials side by side"
    rows = page.run(
        "return [...document.querySelectorAll('.compared tbody tr')].map(row => [row.cells[0].textContent,"
        " ...[...row.cells].slice(1).map(cell => cell.innerText.trim())])"
    )
    compared = {name: cells for name, *cells in rows}
    assert compared["Status"] == ["Recruiting", "Completed"]
    assert compared["Start"] == ["2026-01-05 (estimated)", "2021-03"]
    assert compared["Enrollment"] == ["40 (estimated)", "200 (estimated)"]
    assert compared["Primary outcomes"] == ["28-day mortality [28 days]", "Overall survival [90 days]"]
    assert compared["Countries"] == ["Austria, Germany", "China"]
    assert compared["Criteria: MELD"] == ["MELD score above 20", "excluded: MELD score above 35"]
    assert compared["Ages"] == ["18 Years to 70 Years"] * 2
    page.driver.refresh()
    page.wait_for_script()
    assert page.find_one("#comparison").is_displayed()
    page.press("close")
    assert not page.find_one("#comparison").is_displayed()
    page.driver.back()
    page.wait(page.find_one("#comparison").is_displayed)


def test_a_fifth_trial_is_refused(page):
    """Of five picked trials the fifth is not taken, and the page says why."""
    page.open()
    boxes = page.driver.find_elements("css selector", "#table .pick input")
    for box in boxes:
        box.click()
    assert [box.is_selected() for box in boxes] == [True, True, True, True, False]
    assert page.said == "4 trials are picked already: take one away first."


def list_dots(page):
    """Return the positions of the dots that the map shows."""
    found = page.run(
        "return [...document.querySelectorAll('#map circle')].filter(dot => dot.getBoundingClientRect().width)"
        ".map(dot => [dot.getAttribute('cx'), dot.getAttribute('cy'), dot.textContent])"
    )
    return sorted((round(float(x) / 10, 2), round(float(y) / -12, 2), name) for x, y, name in found)


@pytest.mark.parametrize("country", ["China", "Germany", "India", None])
def test_the_map_has_the_sites_of_the_trials_shown(page, warehouse, country):
    """The map has a dot for each town with coordinates of the trials shown, with its name and number of trials."""
    page.open(f"country={country}" if country else "")
    dots = warehouse.rows(
        "select round(longitude, 2), round(latitude, 2), city || ', ' || country, count(distinct nct_id) from sites"
        " where latitude is not null and"
        " ($1 is null or nct_id in (select nct_id from trials where list_contains(countries, $1)))"
        " group by all",
        country,
    )
    words = {1: "1 trial"}
    named = sorted((x, y, f"{name}: {words.get(count, f'{count} trials')}") for x, y, name, count in dots)
    assert list_dots(page) == [(pytest.approx(x, abs=0.06), pytest.approx(y, abs=0.06), name) for x, y, name in named]


def test_hostile_texts_stay_text(page):
    """Scripts, quotes and marks that turn the reading direction do nothing in the table, hits and comparison."""
    page.open()
    page.search("bilirubin script")
    assert page.list_shown() == [make_nct_id(5)]
    assert "</script>" in page.find_one(".hits").text
    page.open(
        f"pick={make_nct_id(5)}&pick={make_nct_id(1)}&compare=yes&words=<script>&country=<img src=x onerror=hit()>"
    )
    assert "<script>window.hit = 1</script>" in page.find_one("#comparison").text
    assert page.said == "Not in this report: <img src=x onerror=hit()>."
    assert page.run("return [window.hit, document.images.length, document.scripts.length]") == [None, 0, 2]
    assert "\u202e" not in page.run("return document.documentElement.outerHTML")
    assert page.run("return performance.getEntriesByType('resource').length") == 0
    assert page.driver.get_log("browser") == []
