"""In a real browser axe-core finds no violation in the report, and paper gets the report as it is shown."""

from __future__ import annotations

import re
import zlib
from base64 import b64decode

import pytest

from flows.pages.report import write_report
from tests.support.browser import find_violations, needs_browser, open_browser
from tests.support.made_studies import make_nct_id
from tests.support.report_page import ReportPage
from tests.support.report_studies import STUDIES

pytestmark = needs_browser


@pytest.fixture(scope="module")
def page(make_warehouse):
    """Open the report of two nights, on the second of which a trial has changed, in a browser."""
    made = make_warehouse()
    made.use_condition_set('name = "made"\ntitle = "Made"\nsearch = "\\"made disease\\""\nrules = ["aclf"]\n')
    made.serve(*STUDIES)
    made.sync()
    write_report(made.path, made.folder / "report.html")
    with open_browser() as driver:
        yield ReportPage(driver, made.folder / "report.html")


def test_the_untouched_report_is_accessible(page):
    """axe-core finds no violation before a reader has done anything."""
    assert find_violations(page.open().driver) == []


@pytest.mark.parametrize("mode", ["light", "dark"])
@pytest.mark.parametrize("width", [390, 1400])
def test_the_report_in_use_is_accessible(page, width, mode):
    """axe-core finds no violation with a search, a choice, an open filter and the comparison, on phone and desk."""
    page.open(f"words=meld&pick={make_nct_id(1)}&pick={make_nct_id(2)}&compare=yes", width=width, mode=mode)
    page.choose("country", "Germany")
    assert page.list_shown() == [make_nct_id(1)]
    assert page.run("return document.documentElement.scrollWidth") == width
    assert find_violations(page.driver) == []


def test_a_phone_shows_the_countries(page):
    """On a phone each trial has its countries, and its box for the comparison."""
    page.open(width=390)
    (row,) = [row for row in page.driver.find_elements("css selector", "#table tbody tr") if make_nct_id(1) in row.text]
    assert "Austria, Germany" in row.text
    assert row.find_element("css selector", ".pick input").is_displayed()


def list_lines_by_page(pdf):
    """Return how many lines of text each page of a PDF has."""
    objects = {int(found[1]): found[2] for found in re.finditer(rb"(\d+) 0 obj(.*?)endobj", pdf, re.DOTALL)}
    lines = []
    for page in objects.values():
        if not re.search(rb"/Type\s*/Page\b", page):
            continue
        contents = objects[int(re.search(rb"/Contents (\d+) 0 R", page)[1])]
        stream = re.search(rb"stream\r?\n(.*)endstream", contents, re.DOTALL)[1]
        text = zlib.decompressobj().decompress(stream).decode("latin-1")
        lines.append(len(set(re.findall(r"1 0 0 -1 [\d.-]+ ([\d.-]+) Tm", text))))
    return lines


@pytest.mark.parametrize("at", ["", "country=China", f"pick={make_nct_id(1)}&pick={make_nct_id(2)}&compare=yes"])
def test_no_page_of_paper_has_one_line(page, at):
    """On A4 no page has only a line or two, whatever the reader has chosen."""
    page.open(at)
    printed = page.driver.execute_cdp_cmd("Page.printToPDF", {"paperWidth": 8.27, "paperHeight": 11.69})
    lines = list_lines_by_page(b64decode(printed["data"]))
    assert len(lines) > 1
    assert min(lines) > 3, lines


def test_paper_gets_what_is_shown(page):
    """What is filtered out is not printed; the choices, the source and the comparison are, and no control is."""
    page.open(f"country=China&words=g-csf&pick={make_nct_id(1)}&pick={make_nct_id(2)}&compare=yes", mode="dark")
    page.driver.execute_cdp_cmd("Emulation.setEmulatedMedia", {"media": "print"})
    assert page.list_shown() == [make_nct_id(3), make_nct_id(2)]
    assert page.find_one(".choices").text == "Country: China · Search: g-csf"
    assert page.find_one("#comparison").is_displayed()
    assert "U.S. National Library of Medicine" in page.find_one(".source").text
    for control in (".finder", ".actions", "[data-action=close]", "#table thead .pick"):
        assert not page.find_one(control).is_displayed(), control
