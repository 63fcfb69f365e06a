"""In a real browser the report opens without errors, its table filters and sorts, and its links work.

It needs Debian's `chromium` and `chromium-driver`, or similar, on the path. Without them it is skipped.
"""

from __future__ import annotations

import json
from urllib.parse import urldefrag

import pytest

from tests.support.browser import needs_browser, open_browser
from tests.support.command_line import CommandLine
from tests.support.report_page import ReportPage

PHONE, DESK = 390, 1400
SEED = "NCT03863002"

pytestmark = needs_browser


@pytest.fixture(scope="module")
def aclf(tmp_path_factory):
    """Return the command line, in a folder with the sample's two nights and their report."""
    line = CommandLine(tmp_path_factory.mktemp("browser") / "here", ACLF_REPORT="report.html", ACLF_REGISTRY="sample")
    for _ in range(2):
        assert line("sync", "--direct").code == 0
    return line


@pytest.fixture(scope="module")
def browser():
    """Open a headless browser."""
    with open_browser() as driver:
        yield driver


@pytest.fixture
def opened(browser, aclf):
    """Return a function that opens the report with a width, a mode, with or without script, at a trial."""

    def open_page(width=DESK, mode="light", *, script=True, at=""):
        size = {"width": width, "height": 900, "deviceScaleFactor": 1, "mobile": width < DESK}
        features = [
            {"name": "prefers-color-scheme", "value": mode},
            {"name": "prefers-reduced-motion", "value": "reduce"},
        ]
        browser.execute_cdp_cmd("Emulation.setDeviceMetricsOverride", size)
        browser.execute_cdp_cmd("Emulation.setEmulatedMedia", {"features": features})
        browser.execute_cdp_cmd("Emulation.setScriptExecutionDisabled", {"value": not script})
        browser.get("about:blank")
        browser.get((aclf.folder / "report.html").as_uri() + (f"#{at}" if at else ""))
        if script:
            ReportPage(browser, aclf.folder / "report.html").wait_for_script()
        return browser

    yield open_page
    browser.execute_cdp_cmd("Emulation.setScriptExecutionDisabled", {"value": False})


def list_shown(page):
    """Return the NCT numbers of the visible rows of the table, in their order."""
    return page.execute_script(
        "return [...document.querySelectorAll('#table tbody tr')].filter(row => row.offsetParent !== null)"
        ".map(row => row.querySelector('a').hash.slice(1))"
    )


def find_one(page, selector):
    """Return the only element that matches."""
    (element,) = page.find_elements("css selector", selector)
    return element


def find_heading(page, words):
    """Return the button of a column, and the heading of the column."""
    (found,) = [cell for cell in page.find_elements("css selector", "#table thead th") if cell.text.startswith(words)]
    return find_one(found, "button"), found


def query_ids(aclf, where, order="start_date desc nulls last, nct_id"):
    """Return the NCT numbers of the trials of the set that meet a condition of SQL."""
    rows = aclf.rows(f"select nct_id from trials where in_condition_set and ({where}) order by {order}")
    return [nct_id for (nct_id,) in rows]


@pytest.mark.quick(2)
@pytest.mark.parametrize("mode", ["light", "dark"])
@pytest.mark.parametrize("width", [PHONE, DESK])
def test_the_report_opens_without_errors(opened, width, mode):
    """On phone and desktop, light and dark, the console is empty, nothing is loaded, and nothing scrolls sideways."""
    page = opened(width, mode)
    assert page.get_log("browser") == []
    assert page.execute_script("return performance.getEntriesByType('resource').length") == 0
    assert page.execute_script("return document.documentElement.scrollWidth") == width
    ground = page.execute_script("return getComputedStyle(document.body).backgroundColor")
    assert (sum(json.loads(ground.replace("rgb(", "[").replace(")", "]"))) < 384) == (mode == "dark")


def test_the_table_filters(opened, aclf):
    """A search leaves the matching trials and says how many there are; Clear brings all of them back."""
    page = opened()
    everything = list_shown(page)
    assert everything == query_ids(aclf, "true")
    report = ReportPage(page, aclf.folder / "report.html")
    report.search("stem CELL")
    found = list_shown(page)
    assert 0 < len(found) < len(everything)
    assert set(query_ids(aclf, "brief_title ilike '%stem cell%'")) <= set(found)
    assert find_one(page, ".shown-count").text == f"{len(found)} of {len(everything)} trials"
    report.search(SEED)
    assert list_shown(page) == [SEED]
    find_one(page, ".finder [type=reset]").click()
    assert list_shown(page) == everything
    assert find_one(page, ".shown-count").text == f"{len(everything)} trials"


def test_the_table_sorts_by_keyboard(opened, aclf):
    """Enter on a heading sorts by it, and again reverses it; the direction is announced, and empty values come last."""
    page = opened()
    button, heading = find_heading(page, "Enrollment")
    for direction, order in (("descending", "desc"), ("ascending", "asc")):
        button.send_keys("\ue007")
        assert heading.get_attribute("aria-sort") == direction
        assert len(page.find_elements("css selector", "#table [aria-sort]")) == 1
        expected = aclf.rows(f"select enrollment from trials where in_condition_set order by 1 {order} nulls last")
        by_number = dict(aclf.rows("select nct_id, enrollment from trials"))
        assert [(by_number[nct_id],) for nct_id in list_shown(page)] == expected


def test_the_table_sorts_statuses_and_phases_in_their_order(opened, aclf):
    """Statuses go from planned to stopped, phases from early to late, and trials without a phase come last."""
    page = opened()
    for column, value in (("Status", '"order"'), ("Phase", "phase_max + phase_min / 100")):
        find_heading(page, column)[0].click()
        shown = list_shown(page)
        keys = dict(
            aclf.rows(f"select nct_id, {value} from trials left join codes.overall_status on code = overall_status")
        )
        given = [keys[nct_id] for nct_id in shown if keys[nct_id] is not None]
        assert given == sorted(given), column
        # Trials without a value come last.
        assert all(keys[nct_id] is None for nct_id in shown[len(given) :])


def test_without_script_the_table_is_plain(opened, aclf):
    """Without scripts every trial is a row, no control is shown, and a link opens the trial's page."""
    page = opened(script=False)
    rows = page.find_elements("css selector", "#table tbody tr")
    assert len(rows) == len(query_ids(aclf, "true"))
    assert not find_one(page, ".finder").is_displayed()
    assert page.find_elements("css selector", "#table button") == []
    opened(script=False, at=SEED)
    assert find_one(page, f"#{SEED} h3").is_displayed()


def test_links_lead_to_their_targets(opened):
    """A link within the page opens that trial's page; the others lead to the registry or to a contact."""
    page = opened()
    links = page.execute_script("return [...document.links].map(link => [link.href, link.textContent])")
    here = page.current_url
    for address, words in links:
        target_page, fragment = urldefrag(address)
        if target_page == here:
            assert page.execute_script("return document.getElementById(arguments[0]) !== null", fragment)
        elif "@" in words:
            assert address == f"mailto:{words}"
        else:
            assert address == f"https://clinicaltrials.gov/study/{words[:11]}"
    link = find_one(page, f"#table a[href='#{SEED}']")
    link.click()
    title = find_one(page, f"#{SEED} h3")
    assert title.is_displayed()
    assert title.text == link.text
    related = page.find_elements("css selector", f"#{SEED} table a")
    assert len(related) == 10
    target = related[0].text
    related[0].click()
    assert find_one(page, f"#{target} h3").is_displayed()


def test_a_screen_reader_gets_names(opened):
    """Charts, headings and search have names for a screen reader, and the count of trials is announced."""
    page = opened()
    page.execute_cdp_cmd("Accessibility.enable", {})
    nodes = page.execute_cdp_cmd("Accessibility.getFullAXTree", {})["nodes"]
    named = [(node["role"]["value"], node.get("name", {}).get("value", "")) for node in nodes if not node["ignored"]]
    images = [name for role, name in named if role == "image"]
    assert len(images) == 6
    assert all("trials" in name.lower() or "sites" in name for name in images)
    assert [name for role, name in named if role == "searchbox"] == ["Search"]
    groups = [name for role, name in named if role == "group"]
    assert {"Filters", "The trials shown"} <= set(groups)
    assert not [role for role, name in named if role in ("button", "link", "columnheader", "rowheader") and not name]
    assert find_one(page, ".shown-count").get_attribute("role") == "status"


def test_the_report_prints_well(opened):
    """On paper the report is white, even in dark mode, without controls, and closed parts stay closed."""
    page = opened(DESK, "dark")
    printed = page.execute_cdp_cmd("Page.printToPDF", {"paperWidth": 8.27, "paperHeight": 11.69})
    assert len(printed["data"]) > 50_000
    page.execute_cdp_cmd("Emulation.setEmulatedMedia", {"media": "print"})
    assert not find_one(page, ".finder").is_displayed()
    assert not find_one(page, "#pages").is_displayed()
    assert page.execute_script("return getComputedStyle(document.body).backgroundColor") == "rgb(255, 255, 255)"
    page.execute_cdp_cmd("Emulation.setEmulatedMedia", {"media": ""})
